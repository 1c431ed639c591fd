"""Source files to records, one module for each kind of source. Source column names end here."""
