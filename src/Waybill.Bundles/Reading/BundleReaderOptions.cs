namespace Waybill.Bundles;

/// <summary>Limits and habits of a reader. Bundles are hostile input; nothing is allocated before it was checked against these.</summary>
public sealed class BundleReaderOptions
{
    /// <summary>Gets or sets the largest manifest accepted, in bytes.</summary>
    /// <value>The default is the format's limit, 16 MiB.</value>
    public int MaxManifestBytes { get; set; } = Format.BundleFormat.MaxManifestLength;

    /// <summary>Gets or sets the longest chain of bundles that is followed.</summary>
    /// <value>The default is the format's limit, 1 024.</value>
    public int MaxChainLength { get; set; } = Format.BundleFormat.MaxChainLength;

    /// <summary>Gets or sets the number of bytes fetched from the end when a bundle is opened.</summary>
    /// <value>
    /// The default is 128 KiB, enough for the trailer, a usual manifest and the top of the index. If it is not, one more read fetches the rest when the
    /// bundle is opened, up to 4 MiB of index. A range then takes three reads at most.
    /// </value>
    public int TailBytes { get; set; } = 128 * 1024;

    /// <summary>Gets or sets how many cells are checked at the same time.</summary>
    /// <value>The default is the number of processors.</value>
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>Gets or sets what opens encrypted bundles, and those they build on. All are tried. They stay the caller's.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyList<BundleKey> Keys { get; set; } = [];

    /// <summary>Gets or sets the statements that lie beside the bundle, from <see cref="DetachedSignatures"/>; they count like those in it.</summary>
    /// <value>The default is none. They are not asked for what the bundle builds on.</value>
    public IReadOnlyList<SignedStatement> DetachedStatements { get; set; } = [];

    /// <summary>The same for the bundles that this one builds on, which have statements of their own.</summary>
    internal BundleReaderOptions ForParents()
    {
        var copy = (BundleReaderOptions)MemberwiseClone();
        copy.DetachedStatements = [];
        return copy;
    }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Keys);
        ArgumentNullException.ThrowIfNull(DetachedStatements);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxManifestBytes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxChainLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TailBytes, Format.Trailer.Size);
        ArgumentOutOfRangeException.ThrowIfLessThan(Workers, 1);
    }
}
