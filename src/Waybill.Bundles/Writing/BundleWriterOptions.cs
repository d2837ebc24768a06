using Waybill.Bundles.Format;
using Waybill.Bundles.Signing;

namespace Waybill.Bundles;

/// <summary>How a bundle is written. Copied when the writer is created.</summary>
public sealed class BundleWriterOptions
{
    /// <summary>Gets or sets how cells are compressed.</summary>
    /// <value>The default is <see cref="BundleCodec.Lz4"/>.</value>
    public BundleCodec Codec { get; set; } = BundleCodec.Lz4;

    /// <summary>Gets or sets the level of zstd, 1 to 19.</summary>
    /// <value>The default is 1.</value>
    public int ZstdLevel { get; set; } = 1;

    /// <summary>Gets or sets the cell size of new streams in bytes: a power of two from 64 KiB to 8 MiB.</summary>
    /// <value>The default is 1 MiB. A stream that has a parent always keeps the parent's size.</value>
    public int CellSize { get; set; } = 1024 * 1024;

    /// <summary>Gets or sets the block size of new streams in bytes: a power of two from 512 to 64 KiB.</summary>
    /// <value>The default is 4 096. A stream that has a parent always keeps the parent's size.</value>
    public int BlockSize { get; set; } = 4096;

    /// <summary>Gets or sets how many cells are worked on at the same time. Memory grows with it: about ten cells for each.</summary>
    /// <value>The default is the number of processors.</value>
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>Gets or sets whether each compressed cell is decoded and compared before it is written.</summary>
    /// <value>The default is <see langword="true"/>.</value>
    public bool VerifyAfterEncode { get; set; } = true;

    /// <summary>Gets or sets the share of changed blocks from which a cell is stored whole, 0 to 1.</summary>
    /// <value>The default is 0.875.</value>
    public double WholeCellThreshold { get; set; } = 0.875;

    /// <summary>Gets or sets the number of stored bytes after which a checkpoint is written.</summary>
    /// <value>The default is 1 GiB.</value>
    public long CheckpointInterval { get; set; } = 1L << 30;

    /// <summary>
    /// Gets or sets whether the same input gives the same bytes, specification section 10. Then <see cref="BundleId"/>, <see cref="Created"/> and the
    /// lineage must be given, and cells are not compressed.
    /// </summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool Reproducible { get; set; }

    /// <summary>Gets or sets the identity of the bundle. It must be no bundle's yet, least of all one's that the new one builds on.</summary>
    /// <value>The default is a new random one.</value>
    public BundleId? BundleId { get; set; }

    /// <summary>Gets or sets the time recorded as the bundle's creation.</summary>
    /// <value>The default is the time when the writer was created.</value>
    public Timestamp? Created { get; set; }

    /// <summary>Gets or sets the software recorded as the writer.</summary>
    /// <value>The default is this library.</value>
    public WriterIdentity? Writer { get; set; }

    /// <summary>Gets or sets for whom the bundle is encrypted.</summary>
    /// <value>The default is <see langword="null"/>: it is not encrypted, and whoever has the file can read it.</value>
    public BundleEncryption? Encryption { get; set; }

    /// <summary>Gets or sets who signs the bundle: what it holds, and how it is stored. Signing costs a hash of every stored byte. They stay the caller's.</summary>
    /// <value>The default is nobody; at most 16.</value>
    public IReadOnlyList<BundleSigner> Signers { get; set; } = [];

    /// <summary>Gets or sets the clock.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Gets or sets whether the output is left open after completion.</summary>
    /// <value>The default is <see langword="false"/>: the writer disposes its output.</value>
    public bool LeaveOpen { get; set; }

    /// <summary>Makes a copy that can be changed without changing this one.</summary>
    /// <returns>The copy; it refers to the same recipients and signers.</returns>
    public BundleWriterOptions Copy() => (BundleWriterOptions)MemberwiseClone();

    internal BundleWriterOptions ValidatedCopy()
    {
        Require(Enum.IsDefined(Codec), nameof(Codec), "is not a codec");
        Require(ZstdLevel is >= 1 and <= 19, nameof(ZstdLevel), "must be from 1 to 19");
        Require(BundleFormat.IsValidCellSize(CellSize), nameof(CellSize), "must be a power of two from 64 KiB to 8 MiB");
        Require(BundleFormat.IsValidBlockSize(BlockSize), nameof(BlockSize), "must be a power of two from 512 to 64 KiB");
        Require(Workers is >= 1 and <= 1024, nameof(Workers), "must be from 1 to 1 024");
        Require(WholeCellThreshold is >= 0 and <= 1, nameof(WholeCellThreshold), "must be from 0 to 1");
        Require(CheckpointInterval >= 1, nameof(CheckpointInterval), "must be positive");
        Require(!Reproducible || (Codec == BundleCodec.None && BundleId is not null && Created is not null), nameof(Reproducible), "needs codec None, a bundle id and a creation time");
        Require(Signers is { Count: <= SignatureLimits.MaxSignatures }, nameof(Signers), "must be at most 16");
        Require(!Reproducible || Encryption is null, nameof(Encryption), "is never reproducible");
        Require(Encryption is null || SealSuites.IsSupported(Encryption.Suite), nameof(Encryption), "uses a suite that this system does not have");
        return Copy();
    }

    private static void Require(bool condition, string name, string rule)
    {
        if (!condition)
        {
            throw new ArgumentException($"{name} {rule}.", name);
        }
    }
}
