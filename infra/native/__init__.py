"""The native stack: installs the real components and runs them as local processes on 127.0.0.1, without Docker.

`layout` says where things lie, `install` brings them, `environment` and `services` describe the processes,
`start` is what the supervisor runs for each of them, `probes` asks each for real work, `lifecycle` is up/down/status.
"""
