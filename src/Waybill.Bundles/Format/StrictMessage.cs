using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Waybill.Bundles.Format;

/// <summary>Parses protobuf under the rules of spec 9. The library alone would take the last of two values, and any depth up to its own limit.</summary>
internal static class StrictMessage
{
    // Each nested message costs some hundred bytes of memory for two bytes of input, so their number is limited before parsing.
    private const int MaxMessages = 500_000;
    private const int MaxElements = 1_000_000;

    private static readonly UTF8Encoding s_strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static T Parse<T>(MessageParser<T> parser, MessageDescriptor descriptor, ReadOnlySpan<byte> bytes, long place, WaybillErrorCode code = WaybillErrorCode.EncodingInvalid)
        where T : IMessage<T>
    {
        var walker = new Walker(place, code);
        walker.Walk(descriptor, bytes, 1);
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new BundleFormatException(code, $"A {descriptor.Name} message cannot be parsed", e) { Offset = place };
        }
    }

    private sealed class Walker(long place, WaybillErrorCode code)
    {
        private int _messages;
        private int _elements;

        public void Walk(MessageDescriptor descriptor, ReadOnlySpan<byte> bytes, int depth)
        {
            if (depth > BundleFormat.MaxMessageDepth)
            {
                throw Limit(descriptor, "is nested too deeply");
            }

            if (++_messages > MaxMessages)
            {
                throw Limit(descriptor, "holds too many nested messages");
            }

            UInt128 seenSingular = 0;
            int position = 0;
            while (position < bytes.Length)
            {
                ulong tag = ReadVarint(descriptor, bytes, ref position);
                int number = (int)(tag >> 3);
                if (tag > uint.MaxValue || number is <= 0 or > 536_870_911)
                {
                    throw Invalid(descriptor, "has an invalid field number");
                }

                ReadOnlySpan<byte> value = ReadValue(descriptor, bytes, (int)(tag & 7), ref position);
                FieldDescriptor? field = descriptor.FindFieldByNumber(number);
                if (field is null)
                {
                    continue;
                }

                if (!field.IsRepeated && number < 128)
                {
                    UInt128 bit = UInt128.One << number;
                    if ((seenSingular & bit) != 0)
                    {
                        throw Invalid(descriptor, $"states the field {field.Name} twice");
                    }

                    // Of a oneof only one member may be set, so with one of them all are seen.
                    seenSingular |= field.RealContainingOneof is { } oneof
                        ? oneof.Fields.Aggregate(UInt128.Zero, (bits, member) => bits | UInt128.One << member.FieldNumber)
                        : bit;
                }
                else if (++_elements > MaxElements)
                {
                    throw Limit(descriptor, "has too many elements");
                }

                CheckField(descriptor, field, (int)(tag & 7), value, depth);
            }
        }

        private void CheckField(MessageDescriptor descriptor, FieldDescriptor field, int wireType, ReadOnlySpan<byte> value, int depth)
        {
            int expected = field.FieldType switch
            {
                FieldType.Fixed64 or FieldType.SFixed64 or FieldType.Double => 1,
                FieldType.Fixed32 or FieldType.SFixed32 or FieldType.Float => 5,
                FieldType.String or FieldType.Bytes or FieldType.Message => 2,
                _ => 0,
            };
            bool packed = field.IsRepeated && expected != 2 && wireType == 2;
            if (wireType != expected && !packed)
            {
                throw Invalid(descriptor, $"has the field {field.Name} in the wrong wire type");
            }

            if (packed)
            {
                _elements += value.Length;
                if (_elements > MaxElements)
                {
                    throw Limit(descriptor, "has too many elements");
                }
            }
            else if (field.FieldType == FieldType.Message)
            {
                Walk(field.MessageType, value, depth + 1);
            }
            else if (field.FieldType == FieldType.String)
            {
                try
                {
                    s_strictUtf8.GetCharCount(value);
                }
                catch (DecoderFallbackException)
                {
                    throw Invalid(descriptor, $"has a text in {field.Name} that is not UTF-8");
                }
            }
        }

        private ReadOnlySpan<byte> ReadValue(MessageDescriptor descriptor, ReadOnlySpan<byte> bytes, int wireType, ref int position)
        {
            int start = position;
            switch (wireType)
            {
                case 0:
                    ReadVarint(descriptor, bytes, ref position);
                    return bytes[start..position];
                case 1:
                    position += 8;
                    break;
                case 2:
                    ulong length = ReadVarint(descriptor, bytes, ref position);
                    start = position;
                    if (length > (ulong)(bytes.Length - position))
                    {
                        throw Invalid(descriptor, "ends inside a field");
                    }

                    position += (int)length;
                    break;
                case 5:
                    position += 4;
                    break;
                default:
                    throw Invalid(descriptor, "uses a wire type that is not allowed");
            }

            return position <= bytes.Length ? bytes[start..position] : throw Invalid(descriptor, "ends inside a field");
        }

        private ulong ReadVarint(MessageDescriptor descriptor, ReadOnlySpan<byte> bytes, ref int position)
        {
            ulong value = 0;
            for (int shift = 0; shift < 70; shift += 7)
            {
                if (position >= bytes.Length)
                {
                    throw Invalid(descriptor, "ends inside a number");
                }

                byte b = bytes[position++];
                value |= (ulong)(b & 0x7F) << shift;
                if (b < 0x80)
                {
                    return shift < 63 || b <= 1 ? value : throw Invalid(descriptor, "has a number of more than 64 bits");
                }
            }

            throw Invalid(descriptor, "has a number of more than 64 bits");
        }

        private BundleFormatException Invalid(MessageDescriptor descriptor, string what) =>
            new(code, $"A {descriptor.Name} message {what}") { Offset = place };

        private BundleFormatException Limit(MessageDescriptor descriptor, string what) =>
            new(WaybillErrorCode.LimitExceeded, $"A {descriptor.Name} message {what}") { Offset = place };
    }
}
