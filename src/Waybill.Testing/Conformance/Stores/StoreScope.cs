using System.Globalization;
using Waybill.Storage;

namespace Waybill.Testing;

/// <summary>What the checks of a store work with. Every bundle is removed when it is disposed, whatever happened.</summary>
internal sealed class StoreScope(IBundleStore store, string prefix) : IAsyncDisposable
{
    private readonly string _run = Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _names = [];

    public IBundleStore Store { get; } = store;

    public string NewName(string suffix = "")
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{prefix}-{_run}-{_names.Count + 1:D3}{suffix}.waybill");
        _names.Add(name);
        return name;
    }

    public static byte[] Content(int length, int seed = 1)
    {
        var content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    public async Task<StoredBundle> PutAsync(string name, byte[] content, CancellationToken cancellationToken)
    {
        StoreUpload upload = await Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await upload.Body.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            return await upload.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<byte[]> GetAsync(string name, CancellationToken cancellationToken)
    {
        ByteSource source = await Store.OpenReadAsync(name, cancellationToken).ConfigureAwait(false);
        await using (source.ConfigureAwait(false))
        {
            return await ReadAllAsync(source, cancellationToken).ConfigureAwait(false);
        }
    }

    public static async Task<byte[]> ReadAllAsync(ByteSource source, CancellationToken cancellationToken)
    {
        var content = new byte[source.Length];
        int read = await source.ReadAsync(0, content, cancellationToken).ConfigureAwait(false);
        Verdicts.Require(read == content.Length, $"{read} of {content.Length} bytes were read.");
        return content;
    }

    public async Task<List<StoredBundle>> ListAsync(CancellationToken cancellationToken)
    {
        List<StoredBundle> bundles = [];
        await foreach (StoredBundle bundle in Store.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            bundles.Add(bundle);
        }

        return bundles;
    }

    public async Task RequireHiddenAsync(string name, CancellationToken cancellationToken)
    {
        List<StoredBundle> listed = await ListAsync(cancellationToken).ConfigureAwait(false);
        Verdicts.Require(listed.All(bundle => bundle.Name != name), $"{name} is listed.");
        await Verdicts.ExpectAsync(WaybillErrorCode.SourceReadFailed, () => GetAsync(name, cancellationToken)).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string name in _names)
        {
            try
            {
                await Store.DiscardUnfinishedAsync(name, CancellationToken.None).ConfigureAwait(false);
                await Store.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
            }
            catch (WaybillException)
            {
                // The checks of removing have said already what is wrong.
            }
        }
    }
}
