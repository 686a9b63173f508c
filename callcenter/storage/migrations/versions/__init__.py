"""Which steps has the schema taken? One file per step, named `NNNN_what.py`; the highest number is the head."""
