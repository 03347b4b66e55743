"""The reference set of `./dubarr evaluate`: generated films whose speech, text, speakers, timing and music are known."""
