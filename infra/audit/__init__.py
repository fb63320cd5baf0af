"""`make audit`: known vulnerabilities of everything that the lock files name. `make sbom` writes the lists that it reads."""
