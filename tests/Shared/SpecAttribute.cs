namespace Waybill.Tests.Shared;

/// <summary>
/// Names the numbered obligation of docs/spec/bundle-format.md that a test checks, as in <c>[Spec("F-12")]</c>.
/// Waybill.Repository.Tests fails if an obligation has no test or a test names an obligation that does not exist.
/// </summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
internal sealed class SpecAttribute(string id) : Attribute
{
    /// <summary>Gets the id as it stands in the specification, without brackets.</summary>
    public string Id { get; } = id;
}
