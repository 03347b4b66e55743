"""`./dubarr evaluate`: quality of a film's dubs, of a folder of films with references, and the reference set."""
