using System.Text;

namespace Waybill.Kubernetes;

/// <summary>
/// An object of a namespace as volume and snapshot ids name it: <c>NAMESPACE/NAME</c>, or <c>NAMESPACE/~UID</c> where the name is too long for that.
/// </summary>
internal readonly record struct ClusterObjectId(string Namespace, string Name)
{
    private const int MaxLength = VolumeId.MaxLength;

    /// <summary>Gets the UID; empty if it is named by its name.</summary>
    public string Uid => Name.StartsWith('~') ? Name[1..] : "";

    /// <summary>Says whether an object of a cluster can have that name. What cannot never gets into a path.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 253 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.') && name[0] is not ('-' or '.') && !name.Contains("..", StringComparison.Ordinal);

    public static ClusterObjectId Of(string objectNamespace, string name, string uid) =>
        new(objectNamespace, Encoding.UTF8.GetByteCount(objectNamespace) + 1 + Encoding.UTF8.GetByteCount(name) <= MaxLength ? name : $"~{uid}");

    public static bool TryParse(string text, out ClusterObjectId id)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        id = slash > 0 ? new ClusterObjectId(text[..slash], text[(slash + 1)..]) : default;
        return slash > 0 && IsName(id.Namespace) && IsName(id.Uid.Length > 0 ? id.Uid : id.Name);
    }

    public override string ToString() => $"{Namespace}/{Name}";
}
