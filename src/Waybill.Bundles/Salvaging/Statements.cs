namespace Waybill.Bundles.Salvaging;

/// <summary>What several places of a bundle say of the same thing. Only what none contradicts counts, unless the bundle's commit confirms one.</summary>
internal sealed class Statements<T>
    where T : IEquatable<T>
{
    private T? _value;
    private bool _any;
    private bool _confirmed;

    /// <summary>Gets whether two places contradict each other and nothing decides between them.</summary>
    public bool Disagree { get; private set; }

    /// <summary>Gets whether there is a value that counts.</summary>
    public bool HasValue => _any && !Disagree;

    /// <summary>Gets the value that counts.</summary>
    public T Value => HasValue ? _value! : throw new InvalidOperationException("Nothing is stated.");

    /// <summary>Adds a statement.</summary>
    /// <param name="value">What is said.</param>
    /// <param name="confirmed">Whether it is confirmed by the digest in the trailer.</param>
    public void Add(T value, bool confirmed = false)
    {
        if (confirmed)
        {
            _value = value;
            _any = true;
            _confirmed = true;
            Disagree = false;
        }
        else if (!_confirmed)
        {
            Disagree |= _any && !_value!.Equals(value);
            _value = value;
            _any = true;
        }
    }
}
