"""Files of the service (workbooks, annotated copies, pictures) in one store: a local folder, or a bucket that several machines share."""
