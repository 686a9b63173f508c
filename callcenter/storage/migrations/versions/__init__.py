"""One file per migration step, named `NNNN_what.py`. The highest number is the head."""
