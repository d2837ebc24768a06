namespace Waybill.Bundles.Signing;

/// <summary>The names of algorithms as statements carry them, spec 16.1.</summary>
internal static class AlgorithmNames
{
    public static string ToName(this SignatureAlgorithm algorithm) => algorithm switch
    {
        SignatureAlgorithm.EcdsaP256Sha256 => "ecdsa-p256-sha256",
        SignatureAlgorithm.EcdsaP384Sha384 => "ecdsa-p384-sha384",
        SignatureAlgorithm.RsaPssSha256 => "rsa-pss-sha256",
        SignatureAlgorithm.MlDsa65 => "ml-dsa-65",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "No such algorithm."),
    };

    public static SignatureAlgorithm? Find(string name) =>
        Enum.GetValues<SignatureAlgorithm>().Cast<SignatureAlgorithm?>().FirstOrDefault(a => a!.Value.ToName() == name);
}
