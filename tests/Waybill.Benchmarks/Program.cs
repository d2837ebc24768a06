using BenchmarkDotNet.Running;

// Run one with: dotnet run -c Release --project tests/Waybill.Benchmarks -- --filter '*Name*'
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
