"""The native stack, and what its containers run: installs the real components and runs them as processes on 127.0.0.1.

`layout` says where things lie, `install` brings them, `environment` and `services` describe the processes,
`start` is what the supervisor runs for each of them, `probes` asks each for real work, `lifecycle` is up/down/status.
"""
