using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Waybill.Bundles;

/// <summary>What a verifier demands of the signatures of a bundle, and whom it trusts (specification section 16.1, S-03 and S-04).</summary>
/// <remarks>
/// There is no default. Whoever accepts bundles that nobody signed writes <see cref="AcceptUnsigned"/>. Immutable, safe for concurrent callers.
/// </remarks>
public sealed class TrustPolicy
{
    private TrustPolicy()
    {
    }

    /// <summary>
    /// Gets the policy that demands nothing: unsigned bundles are accepted, and so are signatures by anybody. It protects from accidents, not from someone who
    /// can rewrite a bundle. Only a content statement that contradicts the bundle is still refused.
    /// </summary>
    public static TrustPolicy AcceptUnsigned { get; } = new();

    /// <summary>Gets whether a signature is demanded; <see langword="false"/> for <see cref="AcceptUnsigned"/> alone.</summary>
    public bool IsSignatureRequired => Threshold > 0;

    /// <summary>Gets how many different trusted keys must have signed; 0 for <see cref="AcceptUnsigned"/>.</summary>
    public int Threshold { get; private init; }

    /// <summary>Gets the keys that are trusted as such, each once.</summary>
    public ImmutableArray<TrustedKey> Keys { get; private init; } = [];

    /// <summary>Gets which statements are demanded: each of them must be valid.</summary>
    /// <value>The default is <see cref="StatementKinds.Content"/>.</value>
    public StatementKinds Statements { get; private init; } = StatementKinds.Content;

    /// <summary>Gets the clock that tells whether a certificate without a time stamp is valid now.</summary>
    /// <value>The default is the system's.</value>
    public TimeProvider TimeProvider { get; private init; } = TimeProvider.System;

    internal ImmutableArray<X509Certificate2> CertificateRoots { get; private init; } = [];

    internal ImmutableArray<X509Certificate2> TimestampRoots { get; private init; } = [];

    /// <summary>Demands signatures by given keys.</summary>
    /// <param name="keys">The keys; the same key counts once, however it is given. Their algorithm is the only one that counts with them.</param>
    /// <param name="threshold">How many different keys must have signed: 1 to the number of keys.</param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentException">There are no keys.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is below 1 or cannot be reached.</exception>
    public static TrustPolicy RequireSignature(IEnumerable<TrustedKey> keys, int threshold = 1)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ImmutableArray<TrustedKey> distinct = [.. keys.Distinct()];
        if (distinct.IsEmpty)
        {
            throw new ArgumentException("A signature can only be demanded of somebody: there are no keys.", nameof(keys));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, distinct.Length);
        return new TrustPolicy { Keys = distinct, Threshold = threshold };
    }

    /// <summary>Demands signatures by keys with certificates that lead up to given roots.</summary>
    /// <param name="roots">The roots; copied. The system's own roots never count.</param>
    /// <param name="threshold">How many different keys must have signed; at least 1. Whoever gets two certificates of one root for two keys counts twice.</param>
    /// <returns>The policy. What makes a certificate count is said at <see cref="WithCertificateRoots"/>.</returns>
    /// <exception cref="ArgumentException">There are no roots.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is below 1.</exception>
    public static TrustPolicy RequireCertificate(IEnumerable<X509Certificate2> roots, int threshold = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        return new TrustPolicy { CertificateRoots = Copy(roots), Threshold = threshold };
    }

    /// <summary>Lets keys with certificates that lead up to given roots count beside the keys that are trusted as such.</summary>
    /// <remarks>
    /// A certificate counts if its chain is valid at the time of the signature's time stamp, or now when there is no trusted time stamp; if it may sign and, should
    /// it say what for, is for signing code; if no certificate of the chain uses a weak algorithm. The chain is built from what the signature carries;
    /// nothing is fetched, and revocation is not checked: take a root away, or name keys, to end trust early.
    /// </remarks>
    /// <param name="roots">The roots; copied. They replace those given before.</param>
    /// <returns>A new policy.</returns>
    /// <exception cref="ArgumentException">There are no roots.</exception>
    /// <exception cref="InvalidOperationException">The policy demands no signature.</exception>
    public TrustPolicy WithCertificateRoots(IEnumerable<X509Certificate2> roots) => new(Demanding) { CertificateRoots = Copy(roots) };

    /// <summary>Lets given keys count beside those with certificates: the threshold counts both, each key once.</summary>
    /// <param name="keys">The keys; they replace those given before. The threshold may be more than they are if there are roots of certificates.</param>
    /// <returns>A new policy.</returns>
    /// <exception cref="ArgumentException">There are no keys.</exception>
    /// <exception cref="InvalidOperationException">The policy demands no signature, or more than there are keys and nobody is certified.</exception>
    public TrustPolicy WithKeys(IEnumerable<TrustedKey> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ImmutableArray<TrustedKey> distinct = [.. keys.Distinct()];
        return distinct.IsEmpty ? throw new ArgumentException("There are no keys.", nameof(keys))
            : CertificateRoots.IsEmpty && distinct.Length < Threshold ? throw new InvalidOperationException($"{Threshold} signatures are demanded, and there would be {distinct.Length} keys.")
            : new TrustPolicy(Demanding) { Keys = distinct };
    }

    /// <summary>Believes time stamps of authorities whose certificates lead up to given roots.</summary>
    /// <remarks>The authority's certificate must be for time stamping alone and have been valid at the time that it states. It may have expired since.</remarks>
    /// <param name="roots">The roots; copied. They replace those given before.</param>
    /// <returns>A new policy.</returns>
    /// <exception cref="ArgumentException">There are no roots.</exception>
    /// <exception cref="InvalidOperationException">The policy demands no signature.</exception>
    public TrustPolicy WithTimestampRoots(IEnumerable<X509Certificate2> roots) => new(Demanding) { TimestampRoots = Copy(roots) };

    /// <summary>Demands other statements than one about the content.</summary>
    /// <param name="statements">Which; with <see cref="StatementKinds.All"/> both must be valid. A storage statement can be checked only by reading every record.</param>
    /// <returns>A new policy.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="statements"/> is empty or holds more than the two kinds.</exception>
    /// <exception cref="InvalidOperationException">The policy demands no signature.</exception>
    public TrustPolicy WithStatements(StatementKinds statements) => statements is StatementKinds.Content or StatementKinds.Storage or StatementKinds.All
        ? new TrustPolicy(Demanding) { Statements = statements }
        : throw new ArgumentOutOfRangeException(nameof(statements), statements, "Content, storage or both are demanded.");

    /// <summary>Takes the time from another clock.</summary>
    /// <param name="timeProvider">The clock.</param>
    /// <returns>A new policy.</returns>
    /// <exception cref="InvalidOperationException">The policy demands no signature.</exception>
    public TrustPolicy WithTimeProvider(TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(timeProvider);
        return new TrustPolicy(Demanding) { TimeProvider = timeProvider };
    }

    private TrustPolicy(TrustPolicy other)
    {
        Threshold = other.Threshold;
        Keys = other.Keys;
        Statements = other.Statements;
        TimeProvider = other.TimeProvider;
        CertificateRoots = other.CertificateRoots;
        TimestampRoots = other.TimestampRoots;
    }

    // Trust added to a policy that accepts everything would look like a demand and be none.
    private TrustPolicy Demanding => IsSignatureRequired ? this : throw new InvalidOperationException($"{nameof(AcceptUnsigned)} demands no signature, so there is nothing to add to it.");

    private static ImmutableArray<X509Certificate2> Copy(IEnumerable<X509Certificate2> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ImmutableArray<X509Certificate2> copies = [.. roots.Select(r => X509CertificateLoader.LoadCertificate(r.RawData))];
        return copies.IsEmpty ? throw new ArgumentException("There are no roots.", nameof(roots)) : copies;
    }
}
