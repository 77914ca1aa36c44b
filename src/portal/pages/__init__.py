"""The pages, one file for each errand of a brand's clerk."""
