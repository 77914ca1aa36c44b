"""The pages, one file for each errand of ops or finance."""
