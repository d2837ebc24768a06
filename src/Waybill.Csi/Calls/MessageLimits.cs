using System.Collections;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Waybill.Csi;

/// <summary>Checks the sizes that the specification of the interface allows fields to have.</summary>
internal static class MessageLimits
{
    private const int MaxText = 128;
    private const int MaxNodeId = 256;
    private const int MaxPath = 4096;
    private const int MaxMap = 4096;
    private const int MaxFlags = 4096;

    /// <summary>Refuses a message with a field that is too long.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static void Check(IMessage message)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            switch (field.Accessor.GetValue(message))
            {
                case string text:
                    CheckText(field, text);
                    break;
                case IMessage inner:
                    Check(inner);
                    break;
                case MapField<string, string> map:
                    CheckTotal(field, map.Sum(entry => Length(entry.Key) + Length(entry.Value)), MaxMap);
                    break;
                case RepeatedField<string> texts when field.Name == "mount_flags":
                    CheckTotal(field, texts.Sum(Length), MaxFlags);
                    break;
                case IEnumerable list and not string:
                    CheckItems(field, list);
                    break;
            }
        }
    }

    private static void CheckItems(FieldDescriptor field, IEnumerable list)
    {
        foreach (object item in list)
        {
            if (item is IMessage inner)
            {
                Check(inner);
            }
            else if (item is string text)
            {
                CheckText(field, text);
            }
        }
    }

    private static void CheckText(FieldDescriptor field, string text)
    {
        int limit = field.Name switch
        {
            "node_id" => MaxNodeId,
            "target_path" or "staging_target_path" or "volume_path" => MaxPath,
            // One that is too long is no token of ours, and has a status of its own.
            "starting_token" => int.MaxValue,
            _ => MaxText,
        };
        if (Length(text) > limit)
        {
            throw CallError.Invalid($"{field.Name} has more than {limit} bytes.");
        }
    }

    private static void CheckTotal(FieldDescriptor field, int length, int limit)
    {
        if (length > limit)
        {
            throw CallError.Invalid($"{field.Name} has more than {limit} bytes altogether.");
        }
    }

    private static int Length(string text) => Encoding.UTF8.GetByteCount(text);
}
