using System.Collections.Immutable;
using Waybill.CsiModel;

namespace Waybill.Testing.Tests;

/// <summary>A model driver in a directory of its own, and the suite as these tests run it.</summary>
internal sealed class DriverLab : IAsyncDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("waybill-csi-");

    private DriverLab()
    {
    }

    public ModelDriver Driver { get; private set; } = null!;

    /// <summary>Gets the suite with small volumes and everything it can be given.</summary>
    public CsiConformanceOptions Options => new(Driver.Endpoint)
    {
        MountDirectory = _directory.CreateSubdirectory("mount").FullName,
        StagingDirectory = _directory.CreateSubdirectory("staging").FullName,
        VolumeLength = 1 << 20,
        Repetitions = 3,
        ChecksAttachLimit = true,
        MutableParameters = ModelDriver.MutableParameters.ToImmutableSortedDictionary(),
        Secrets = ImmutableSortedDictionary<string, string>.Empty.Add("key", "a secret"),
        RestartAsync = Driver.RestartAsync,
        FreezeGate = Driver.FreezeGate,
    };

    /// <summary>Gets what is left in the directories of the suite.</summary>
    public IEnumerable<string> Leftovers => Directory.EnumerateFileSystemEntries(Path.Combine(_directory.FullName, "mount"))
        .Concat(Directory.EnumerateFileSystemEntries(Path.Combine(_directory.FullName, "staging")));

    public static async Task<DriverLab> StartAsync(Faults? faults = null)
    {
        DriverLab lab = new();
        lab.Driver = await ModelDriver.StartAsync(lab._directory.FullName, faults);
        return lab;
    }

    /// <summary>Gets a path in the directory of this lab.</summary>
    public string PathOf(string name) => Path.Combine(_directory.FullName, name);

    public async ValueTask DisposeAsync()
    {
        await Driver.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
