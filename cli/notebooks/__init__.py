"""`./dubarr lab`: JupyterLab and the copies of the notebooks that people work on."""
