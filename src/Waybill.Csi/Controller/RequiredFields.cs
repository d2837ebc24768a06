using Google.Protobuf.Collections;

namespace Waybill.Csi;

/// <summary>Takes fields that must be there.</summary>
internal static class RequiredFields
{
    // Control characters beside the usual white space, as the specification of the interface lists them.
    private static bool IsBanned(char c) => c is <= '\u0008' or '\u000b' or '\u000c' or (>= '\u000e' and <= '\u001f') or (>= '\u007f' and <= '\u009f');

    /// <summary>Takes a name that the caller chose.</summary>
    public static string Name(string value)
    {
        Text(value, "name");
        return value.Any(IsBanned) ? throw CallError.Invalid("name has control characters.") : value;
    }

    /// <summary>Takes a name of an object of the plugin; <see langword="null"/> if there cannot be an object of that name.</summary>
    public static VolumeId? Volume(string value, string field = "volume_id") => VolumeId.TryParse(Text(value, field), null, out VolumeId id) ? id : null;

    /// <inheritdoc cref="Volume"/>
    public static SnapshotId? Snapshot(string value, string field = "snapshot_id") => SnapshotId.TryParse(Text(value, field), null, out SnapshotId id) ? id : null;

    /// <summary>Takes a text that must not be empty.</summary>
    public static string Text(string value, string field) => value.Length > 0 ? value : throw CallError.Invalid($"{field} is missing.");

    /// <summary>Takes a message that must be there.</summary>
    public static T Message<T>(T? value, string field)
        where T : class => value ?? throw CallError.Invalid($"{field} is missing.");

    /// <summary>Takes a list that must have an entry.</summary>
    public static RepeatedField<T> List<T>(RepeatedField<T> value, string field) => value.Count > 0 ? value : throw CallError.Invalid($"{field} is missing.");
}
