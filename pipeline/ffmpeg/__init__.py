"""Commands of ffmpeg and ffprobe, the parsing of their answers, and the codecs: no other package runs these programs."""
