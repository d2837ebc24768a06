using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Waybill.Backup.Wire;

namespace Waybill.Csi.Tests.Backup;

public sealed class BundleTests
{
    [Fact]
    public async Task Bundle_ThatWasImported_IsExportedTheSame_AlsoInParts()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        byte[] bundle = RandomNumberGenerator.GetBytes(3_500_000);
        ImportBundleResponse stored = await ImportAsync(lab, "monday.waybill", bundle, SHA256.HashData(bundle));

        byte[] whole = await ExportAsync(lab, 0);
        byte[] rest = await ExportAsync(lab, 1_234_567);

        Assert.Equal((ulong)bundle.Length, stored.Length);
        Assert.Equal(bundle, whole);
        Assert.Equal(bundle[1_234_567..], rest);
    }

    [Fact]
    public async Task Bundle_WithAnotherDigest_OrANameThatIsTaken_IsNotStored()
    {
        await using BackupLab lab = await BackupLab.StartAsync();
        byte[] bundle = RandomNumberGenerator.GetBytes(1000);

        RpcException broken = await Assert.ThrowsAsync<RpcException>(() => ImportAsync(lab, "monday.waybill", bundle, new byte[32]));
        Assert.Empty(await lab.Store.ListAsync().ToListAsync());
        await ImportAsync(lab, "monday.waybill", bundle, SHA256.HashData(bundle));
        RpcException taken = await Assert.ThrowsAsync<RpcException>(() => ImportAsync(lab, "monday.waybill", bundle, SHA256.HashData(bundle)));

        Assert.Equal(StatusCode.DataLoss, broken.StatusCode);
        Assert.Equal(StatusCode.AlreadyExists, taken.StatusCode);
    }

    [Fact]
    public async Task Bundle_ThatIsNotThere_IsDenied()
    {
        await using BackupLab lab = await BackupLab.StartAsync();

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => ExportAsync(lab, 0));

        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }

    private static async Task<ImportBundleResponse> ImportAsync(BackupLab lab, string name, byte[] bundle, byte[] digest)
    {
        using AsyncClientStreamingCall<ImportBundleRequest, ImportBundleResponse> call = lab.Client.ImportBundle();
        await Task.WhenAny(SendAsync(), call.ResponseAsync); // The server may answer while there is more to send.
        return await call.ResponseAsync;

        async Task SendAsync()
        {
            await call.RequestStream.WriteAsync(new ImportBundleRequest { Head = new ImportHead { Namespace = BackupLab.Namespace, Name = name } });
            foreach (byte[] piece in bundle.Chunk(1 << 20))
            {
                await call.RequestStream.WriteAsync(new ImportBundleRequest { Data = ByteString.CopyFrom(piece) });
            }

            await call.RequestStream.WriteAsync(new ImportBundleRequest { End = new BundleEnd { Length = (ulong)bundle.Length, Sha256 = ByteString.CopyFrom(digest) } });
            await call.RequestStream.CompleteAsync();
        }
    }

    private static async Task<byte[]> ExportAsync(BackupLab lab, ulong start)
    {
        using AsyncServerStreamingCall<ExportBundleResponse> call = lab.Client.ExportBundle(
            new ExportBundleRequest { Namespace = BackupLab.Namespace, Name = "monday.waybill", StartingOffset = start });
        using var received = new MemoryStream();
        BundleEnd? end = null;
        await foreach (ExportBundleResponse part in call.ResponseStream.ReadAllAsync())
        {
            received.Write((part.Data ?? ByteString.Empty).Span);
            end = part.End ?? end;
        }

        Assert.Equal((ulong)received.Length + start, end!.Length);
        return received.ToArray();
    }
}
