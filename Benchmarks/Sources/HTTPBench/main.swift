runBenchmarkServers()
