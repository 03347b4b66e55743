"""Security of the HTTP service: authentication and authorization, other sites' pages, the headers of responses."""
