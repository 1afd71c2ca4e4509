"""Scores that are strictly causal: every piece is numpy columns, one slot a series, and sees a reading once."""
