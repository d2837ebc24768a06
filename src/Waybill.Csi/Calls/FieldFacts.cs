using System.Collections.Concurrent;
using Google.Protobuf.Reflection;
using Waybill.Csi.Wire;

namespace Waybill.Csi;

/// <summary>What the interface says of a field beside its name and type.</summary>
internal static class FieldFacts
{
    private static readonly ConcurrentDictionary<FieldDescriptor, bool> s_secrets = new();

    /// <summary>Gets whether no log may show what the field holds.</summary>
    public static bool IsSecret(FieldDescriptor field) =>
        s_secrets.GetOrAdd(field, static field => field.GetOptions() is { } options && options.GetExtension(CsiExtensions.CsiSecret));
}
