using BenchmarkDotNet.Running;
using Waybill.Benchmarks.Csi;

// One of the unit benchmarks: dotnet run -c Release --project tests/Waybill.Benchmarks -- --filter '*Name*'
// The driver on this machine, as build/bench --csi runs it: … -- csi DRIVER DIRECTORY ROUNDS
if (args is ["csi", var driver, var directory, var rounds])
{
    await DriverRun.RunAsync(driver, directory, int.Parse(rounds, System.Globalization.CultureInfo.InvariantCulture));
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
}
