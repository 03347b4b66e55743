"""The sample film of `./dubarr demo`: script, speech, music and picture."""
