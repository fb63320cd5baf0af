"""A synthetic world with the reasons why solar farms make less than they could, each MWh's reason known.

Steps of five minutes: what a farm could make under the true clouds, less outages, its bid, its battery and the network. Every
draw depends on the world's seed, a name and an hour, so that any hour can be asked for in any order.
"""
