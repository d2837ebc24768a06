using System.Diagnostics;

namespace Waybill.Samples.QemuNbd.Tests;

/// <summary>A directory of images with a provider on it. Where QEMU is missing the test is skipped, but never on a build server.</summary>
internal sealed class QemuLab : IAsyncDisposable
{
    private readonly string _root;

    public QemuLab(Func<QemuNbdOptions, QemuNbdOptions>? configure = null)
    {
        bool isThere = Array.TrueForAll(["qemu-img", "qemu-nbd", "qemu-storage-daemon"], IsOnPath);
        Skip.IfNot(isThere || Environment.GetEnvironmentVariable("CI") == "true", "QEMU's tools are not installed.");
        _root = Directory.CreateTempSubdirectory("wb-qemu-").FullName;
        Options = new QemuNbdOptions(_root);
        Options = configure?.Invoke(Options) ?? Options;
        Provider = new QemuNbdProvider(Options);
    }

    public string Root => _root;

    public QemuNbdOptions Options { get; }

    public QemuNbdProvider Provider { get; }

    public static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async Task WriteAsync(VolumeId volume, params (long Offset, byte[] Data)[] writes)
    {
        await using BlockWriter writer = await Provider.OpenWriteAsync(volume);
        foreach ((long offset, byte[] data) in writes)
        {
            await writer.WriteAsync(offset, data);
        }

        await writer.CompleteAsync();
    }

    public async Task<byte[]> ReadAsync(VolumeId volume, SnapshotId? snapshot = null)
    {
        await using BlockReader reader = await Provider.OpenReadAsync(new Waybill.Providers.VolumeSource(volume, snapshot));
        var bytes = new byte[reader.Length];
        Assert.Equal(bytes.Length, await reader.ReadAsync(0, bytes));
        return bytes;
    }

    public static void Kill(int pid)
    {
        using Process process = Process.GetProcessById(pid);
        process.Kill();
        process.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, program)));
}
