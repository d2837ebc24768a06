namespace Waybill.Bundles;

/// <summary>How the records of an encrypted bundle are sealed, specification section 15.2.</summary>
public enum SealSuite
{
    /// <summary>AES-256-GCM, which every reader has.</summary>
    AesGcm = 1,

    /// <summary>ChaCha20-Poly1305, for processors without AES instructions. Not every platform has it.</summary>
    ChaCha20Poly1305 = 2,
}

/// <summary>What this platform can do.</summary>
internal static class SealSuites
{
    public static bool IsSupported(SealSuite suite) => suite switch
    {
        SealSuite.AesGcm => System.Security.Cryptography.AesGcm.IsSupported,
        SealSuite.ChaCha20Poly1305 => System.Security.Cryptography.ChaCha20Poly1305.IsSupported,
        _ => false,
    };
}
