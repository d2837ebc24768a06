using Waybill.Bundles;

namespace Waybill.Engine;

/// <summary>How one point of an application is made.</summary>
public sealed record ProtectRequest
{
    /// <summary>Gets whether everything is stored although there is a parent.</summary>
    public bool ForceFull { get; init; }

    /// <summary>Gets what opens encrypted parents and interrupted bundles, and limits for reading.</summary>
    public BundleReaderOptions Reader { get; init; } = new();

    /// <summary>Gets whose signatures a parent must have.</summary>
    public TrustPolicy Trust { get; init; } = TrustPolicy.AcceptUnsigned;

    /// <summary>Gets how the bundle is written: codec, encryption, signers. Its id and its times are the run's.</summary>
    public BundleWriterOptions Writer { get; init; } = new();

    /// <summary>Gets whether what an interrupted run of the application stored is used.</summary>
    /// <value>The default is true.</value>
    public bool Resume { get; init; } = true;
}
