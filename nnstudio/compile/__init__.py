"""One lowering and two blind printers: from a document to a Program, a torch module and Python text."""
