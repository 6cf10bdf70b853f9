runPostgresBenchmark()
