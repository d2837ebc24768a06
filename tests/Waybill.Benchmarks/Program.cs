using BenchmarkDotNet.Running;
using Waybill.Benchmarks.Catalogs;

// Run one with: dotnet run -c Release --project tests/Waybill.Benchmarks -- --filter '*Name*'
// The catalog at scale: dotnet run -c Release --project tests/Waybill.Benchmarks -- catalog --points 1000000
if (args is ["catalog", .. var options])
{
    return await CatalogScale.RunAsync(options);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
