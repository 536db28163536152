"""Reading the student's own files: tables, arrays, IDX, folders of pictures. Nothing a file holds is ever run."""
