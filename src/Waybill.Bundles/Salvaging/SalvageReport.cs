using System.Collections.Immutable;
using Waybill.Bundles.Salvaging;

namespace Waybill.Bundles;

/// <summary>What is left of a bundle. Made by <see cref="BundleSalvager.ScanAsync"/>; the source it was made from must stay open while content is read.</summary>
/// <remarks>
/// Of an encrypted bundle it holds the keys that open its records, apart from the keys given, which stay the caller's and are not needed any more. Disposing it clears them:
/// what it says stays, but content can no longer be read. Whoever asked for the report owns it.
/// </remarks>
public sealed class SalvageReport : IDisposable
{
    internal SalvageReport(ByteSource source, SalvagedPayloads payloads, bool zstdAllowed)
    {
        Source = source;
        Payloads = payloads;
        ZstdAllowed = zstdAllowed;
    }

    /// <summary>Gets the name of the source.</summary>
    public string Name => Source.Name;

    /// <summary>Gets the size of the source in bytes.</summary>
    public long Length => Source.Length;

    /// <summary>Gets which bundle this is; <see langword="null"/> if nothing intact says so.</summary>
    public BundleId? Id { get; internal init; }

    /// <summary>Gets what <see cref="Id"/> is taken from.</summary>
    public SalvageIdentity Identity { get; internal init; }

    /// <summary>Gets whose data this is, from manifest, prologue or the start of a stream; <see langword="null"/> if all of these are lost.</summary>
    public ApplicationIdentity? Application { get; internal init; }

    /// <summary>Gets what the bundle said of itself at its start, a manifest without streams; <see langword="null"/> if it is lost.</summary>
    public BundleManifest? Prologue { get; internal init; }

    /// <summary>Gets what the bundle says of itself; <see langword="null"/> if it is lost.</summary>
    public BundleManifest? Manifest { get; internal init; }

    /// <summary>Gets the bundle this one builds on, if that is known.</summary>
    public ParentLink? Parent => (Manifest ?? Prologue)?.Parent;

    /// <summary>Gets whether there is an intact trailer: the bundle was complete once.</summary>
    public bool HasTrailer { get; internal init; }

    /// <summary>Gets whether nothing is damaged or missing, so that salvage was not needed.</summary>
    public bool IsComplete { get; internal init; }

    /// <summary>Gets the number of intact records.</summary>
    public long Records { get; internal init; }

    /// <summary>Gets the damaged places in the order of their offsets.</summary>
    public ImmutableArray<SalvageDamage> Damage { get; internal init; } = [];

    /// <summary>Gets the streams of which anything is known, in the order of their numbers.</summary>
    public ImmutableArray<SalvagedStream> Streams { get; internal init; } = [];

    internal ByteSource Source { get; }

    internal SalvagedPayloads Payloads { get; }

    internal bool ZstdAllowed { get; }

    /// <summary>Finds a stream by what it holds and its name.</summary>
    /// <param name="kind">The kind of stream.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The stream, or <see langword="null"/>.</returns>
    public SalvagedStream? FindStream(StreamKind kind, string name) =>
        Streams.FirstOrDefault(s => s.Kind == kind && string.Equals(s.Name, name, StringComparison.Ordinal));

    /// <summary>Clears the keys of an encrypted bundle from memory. Not while content is read.</summary>
    public void Dispose() => Payloads.Dispose();
}
