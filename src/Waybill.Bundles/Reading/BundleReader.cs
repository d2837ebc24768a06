using Waybill.Bundles.Format;
using Waybill.Bundles.Reading;
using Waybill.Bundles.Sealing;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>A complete bundle that can be read at any place. Safe for concurrent callers.</summary>
/// <remarks>
/// Opening reads the end of the bundle only: trailer, manifest and the top of the index. What is read later is checked, piece by piece,
/// up to the manifest; that proves the pieces, not the bundle. <see cref="BundleVerifier"/> checks a bundle as a whole.
/// </remarks>
public sealed partial class BundleReader : IAsyncDisposable
{
    // Of the 16 KiB that a full node takes, one covers 16 TiB of cells of 1 MiB. Each bundle of a chain may hold this much in memory.
    private const int MaxHeldBackBytes = 4 * 1024 * 1024;

    private readonly ByteSource _source;
    private readonly RecordSource _records;

    private BundleReader(ByteSource source, RecordSource records, KeyScopes scopes, Trailer trailer, BundleManifest manifest, IReadOnlyList<SignedStatement> statements, SignatureReport signatures, BundleReaderOptions options)
    {
        Scopes = scopes;
        _source = source;
        _records = records;
        Features = trailer.Features;
        Manifest = manifest;
        Statements = statements;
        Signatures = signatures;
        HasStoredRoot = !trailer.StoredRoot.IsDefault;
        Options = options;
    }

    /// <summary>Gets what the bundle says of itself.</summary>
    public BundleManifest Manifest { get; }

    /// <summary>Gets what the statements about the content amount to. It proves what is read later up to the manifest, not the bundle as a whole.</summary>
    public SignatureReport Signatures { get; }

    /// <summary>Gets the name of the source, for messages.</summary>
    public string Name => _source.Name;

    /// <summary>Gets the size of the bundle in bytes.</summary>
    public long Length => _source.Length;

    /// <summary>Gets whether the bundle is encrypted.</summary>
    public bool IsEncrypted => Features.IsEncrypted;

    /// <summary>Gets what the keys given open of the bundle; everything if it is not encrypted.</summary>
    public KeyScopes Scopes { get; }

    internal Features Features { get; }

    internal IReadOnlyList<SignedStatement> Statements { get; }

    internal bool HasStoredRoot { get; }

    internal BundleReaderOptions Options { get; }

    internal ByteSource Source => _source;

    /// <summary>Opens a bundle.</summary>
    /// <param name="source">Where the bundle lies; disposed with the reader, also when opening fails.</param>
    /// <param name="policy">What is demanded of the signature of the content, and whom to trust. Required: whoever accepts unsigned bundles writes so.</param>
    /// <param name="options">Limits and keys; the defaults if <see langword="null"/>.</param>
    /// <param name="cancellationToken">Ends the call early.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="BundleFormatException">
    /// <see cref="WaybillErrorCode.NotABundle"/>, <see cref="WaybillErrorCode.Incomplete"/>, <see cref="WaybillErrorCode.UnsupportedVersion"/>,
    /// <see cref="WaybillErrorCode.UnsupportedFeature"/>, <see cref="WaybillErrorCode.NoMatchingKey"/>, or the code for what is damaged in trailer or manifest.
    /// </exception>
    /// <exception cref="WaybillException"><see cref="WaybillErrorCode.SignatureInvalid"/>, <see cref="WaybillErrorCode.SignatureMissing"/> or <see cref="WaybillErrorCode.SignerUntrusted"/>: the policy is not satisfied.</exception>
    /// <exception cref="ProviderException"><see cref="WaybillErrorCode.SourceReadFailed"/>: the source gave an error, now or at any later read.</exception>
    public static async Task<BundleReader> OpenAsync(ByteSource source, TrustPolicy policy, BundleReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(policy);
        options ??= new BundleReaderOptions();
        options.Validate();
        source = new ReportingByteSource(source);
        try
        {
            return await OpenCoreAsync(source, policy, options, cancellationToken).ConfigureAwait(false);
        }
        catch (BundleFormatException e) when (e.ObjectName is null)
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw new BundleFormatException(e.Code, e.Message, e) { ObjectName = source.Name, Offset = e.Offset, Hint = e.Hint };
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _records.Dispose();
        return _source.DisposeAsync();
    }

    internal LeafIndex OpenIndex(StreamInfo stream) => new(_records, stream);

    internal ChunkReader OpenChunks(StreamInfo stream) => new(_records, stream, Features.HasZstd);

    private static async Task<BundleReader> OpenCoreAsync(ByteSource source, TrustPolicy policy, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        long tailStart = Math.Max(0, source.Length - options.TailBytes);
        byte[] tail = await ReadAsync(source, tailStart, (int)(source.Length - tailStart), cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> trailerBytes = tail.AsMemory(Math.Max(0, tail.Length - Trailer.Size));
        if (tail.Length < Trailer.Size || !Trailer.HasMagic(trailerBytes.Span))
        {
            await ExplainMissingTrailerAsync(source, cancellationToken).ConfigureAwait(false);
        }

        Trailer trailer = Trailer.Read(trailerBytes.Span, source.Length - Trailer.Size);
        await FeatureCheck.RequireKnownAsync(source, trailer.Features, cancellationToken).ConfigureAwait(false);
        if (trailer.ManifestLength > options.MaxManifestBytes)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, $"The manifest has {trailer.ManifestLength} bytes; the reader's limit is {options.MaxManifestBytes}");
        }

        if (FindTailToFetch(trailer, tailStart) is { } start)
        {
            byte[] missing = await ReadAsync(source, start, (int)(tailStart - start), cancellationToken).ConfigureAwait(false);
            tail = [.. missing, .. tail];
            tailStart = start;
        }

        BundleKeys? keys = trailer.Features.IsEncrypted
            ? await OpenEnvelopeAsync(new RecordSource(source, trailer.BundleId, tailStart, tail, encrypted: true), trailer, options, cancellationToken).ConfigureAwait(false)
            : null;
        var records = new RecordSource(source, trailer.BundleId, tailStart, tail, trailer.Features.IsEncrypted, keys is null ? null : new RecordCipher(keys));
        try
        {
            if (keys is not null)
            {
                trailer.CheckMac(keys, source.Length - Trailer.Size);
            }

            BundleManifest manifest = await ReadManifestAsync(records, trailer, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<SignedStatement> inside = await StatementList.ReadAsync(records, trailer, source.Length - Trailer.Size, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<SignedStatement> statements = [.. inside, .. options.DetachedStatements];
            SignatureReport signatures = SignatureEvaluation.Evaluate(policy, new BundleFacts(manifest.Id, manifest.Digest), statements);
            return signatures.Problem is { } problem ? throw problem : new BundleReader(source, records, keys?.Scopes ?? KeyScopes.All, trailer, manifest, statements, signatures, options);
        }
        catch
        {
            records.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Finds where one more read must begin so that everything is at hand that leads to any place: layout, manifest and the held-back nodes of the index.
    /// </summary>
    /// <returns>The offset; <see langword="null"/> if nothing is missing, or the trailer points so far back that each record is rather fetched when it is needed.</returns>
    private static long? FindTailToFetch(Trailer trailer, long tailStart)
    {
        long most = (long)MaxHeldBackBytes + trailer.LayoutLength + trailer.ManifestLength;
        foreach (long start in (long[])[trailer.TailOffset, trailer.LayoutOffset])
        {
            if (start < tailStart && tailStart - start <= most)
            {
                return start;
            }
        }

        return null;
    }

    private static async Task<BundleKeys> OpenEnvelopeAsync(RecordSource records, Trailer trailer, BundleReaderOptions options, CancellationToken cancellationToken)
    {
        // The copy stands directly behind the manifest, so it came with the end of the bundle.
        long offset = BundleFormat.Align(trailer.ManifestOffset + RecordHeader.Size + trailer.ManifestLength);
        int length = (await records.ReadHeaderAsync(offset, cancellationToken).ConfigureAwait(false)).PayloadLength;
        if (length > BundleFormat.MaxEnvelopeLength)
        {
            throw new BundleFormatException(WaybillErrorCode.LimitExceeded, "The envelope is larger than 262 144 bytes") { Offset = offset };
        }

        ReadOnlyMemory<byte> envelope = await records.ReadPayloadAsync(RecordType.EnvelopeCopy, default, offset, length, cancellationToken).ConfigureAwait(false);
        return await EnvelopeOpener.OpenAsync(envelope, trailer.BundleId, options.Keys, offset, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<BundleManifest> ReadManifestAsync(RecordSource records, Trailer trailer, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> payload = await records.ReadPayloadAsync(RecordType.Manifest, default, trailer.ManifestOffset, trailer.ManifestLength, cancellationToken).ConfigureAwait(false);
        BundleManifest manifest = ManifestCodec.Decode(payload.Span, trailer.BundleId, trailer.ManifestOffset);
        if (manifest.Digest != trailer.ManifestDigest)
        {
            throw new BundleFormatException(WaybillErrorCode.DigestMismatch, "The manifest does not match the digest in the trailer") { Offset = trailer.ManifestOffset };
        }

        ReadOnlyMemory<byte> layout = await records.ReadPayloadAsync(RecordType.Layout, default, trailer.LayoutOffset, trailer.LayoutLength, cancellationToken).ConfigureAwait(false);
        records.UseRuns(RunTable.Read(layout.Span, trailer.Features.IsEncrypted, trailer.LayoutOffset));
        return manifest with { Streams = LayoutCodec.Apply(manifest.Streams, layout.Span, trailer.LayoutOffset) };
    }

    private static async Task ExplainMissingTrailerAsync(ByteSource source, CancellationToken cancellationToken)
    {
        byte[] head = await ReadAsync(source, 0, (int)Math.Min(Preamble.Size, source.Length), cancellationToken).ConfigureAwait(false);
        Preamble preamble = Preamble.Read(head);
        await FeatureCheck.RequireKnownAsync(source, preamble.Features, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<byte[]> ReadAsync(ByteSource source, long offset, int length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        int read = await source.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        return read == length
            ? bytes
            : throw new BundleFormatException(WaybillErrorCode.Incomplete, "The bundle ended while it was read") { ObjectName = source.Name, Offset = offset + read };
    }
}
