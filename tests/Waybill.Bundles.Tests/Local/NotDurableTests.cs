using Waybill.Bundles.Tests.Support;

namespace Waybill.Bundles.Tests.Local;

/// <summary>Output that is left to the system to make durable is the same output.</summary>
public sealed class NotDurableTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Create_DurableOrNot_SameContentAndNameOnlyAtTheEnd(bool durable)
    {
        using var directory = new TempDirectory();
        byte[] content = Lab.Noise(40 << 20, 1);
        await using (AtomicOutput output = AtomicOutput.Create(directory["a"], durable))
        {
            await output.Stream.WriteAsync(content);
            Assert.False(File.Exists(directory["a"]));
            await output.PublishAsync();
        }

        await using (FileBlockWriter writer = FileBlockWriter.Create(directory["b"], content.Length, durable))
        {
            await writer.WriteAsync(0, content);
            Assert.False(File.Exists(directory["b"]));
            await writer.CompleteAsync();
        }

        Assert.Equal(content, await File.ReadAllBytesAsync(directory["a"]));
        Assert.Equal(content, await File.ReadAllBytesAsync(directory["b"]));
        Assert.Equal(2, Directory.GetFileSystemEntries(directory.Path).Length);
    }
}
