using BenchmarkDotNet.Running;
using Waybill.Benchmarks.Catalogs;
using Waybill.Benchmarks.Clusters;
using Waybill.Benchmarks.Csi;
using Waybill.Benchmarks.Local;

// One of the unit benchmarks: dotnet run -c Release --project tests/Waybill.Benchmarks -- --filter '*Name*'
// The driver on this machine, as build/bench --csi runs it: … -- csi DRIVER DIRECTORY ROUNDS
// The catalog at scale: … -- catalog --points 1000000
if (args is ["csi", var driver, var directory, var rounds])
{
    await DriverRun.RunAsync(driver, directory, int.Parse(rounds, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

if (args is ["catalog", .. var options])
{
    return await CatalogScale.RunAsync(options);
}

// A large volume of the local platform, as build/bench --platform runs it: … -- local DIRECTORY FILE-SYSTEM ROUNDS
if (args is ["local", var place, var fileSystem, var times])
{
    await SnapshotScale.RunAsync(place, fileSystem, int.Parse(times, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

// Applications of a large cluster, as build/bench --kubernetes runs it: … -- clusters DIRECTORY
if (args is ["clusters", var work])
{
    await ClusterScale.RunAsync(work);
    await TreeTransport.RunAsync(work);
    return 0;
}

// The cluster of that, which it starts itself.
if (args is ["cluster", var kubeConfig, var namespaces, var objects])
{
    await ClusterProcess.ServeAsync(
        kubeConfig, int.Parse(namespaces, System.Globalization.CultureInfo.InvariantCulture), int.Parse(objects, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
