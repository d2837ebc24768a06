using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Waybill.Kubernetes;

/// <summary>Takes one answer to a list apart while it arrives, so that no more than one object is in memory at a time.</summary>
internal sealed class ListPageReader(Action<ReadOnlySequence<byte>> onItem)
{
    /// <summary>The largest object that is accepted: that of the bundle format. A cluster stores none above 2 MiB or so.</summary>
    private const int MaxObjectBytes = 16 << 20;

    private JsonReaderState _state;
    private string _member = "";
    private bool _inItems;
    private bool _complete;

    /// <summary>Gets the token of the next page; empty if this is the last.</summary>
    public string Continue { get; private set; } = "";

    public string ResourceVersion { get; private set; } = "";

    public async Task ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        PipeReader pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 128 << 10));
        try
        {
            while (true)
            {
                ReadResult result = await pipe.ReadAsync(cancellationToken).ConfigureAwait(false);
                SequencePosition consumed = Parse(result.Buffer, result.IsCompleted);
                if (result.Buffer.Slice(consumed).Length > MaxObjectBytes)
                {
                    throw new JsonException("an object in the list is larger than 16 MiB");
                }

                pipe.AdvanceTo(consumed, result.Buffer.End);
                if (result.IsCompleted)
                {
                    // An answer that was cut is no answer, even if what came of it can be read.
                    if (!_complete)
                    {
                        throw new IOException("the answer ended in the middle of a list");
                    }

                    return;
                }
            }
        }
        catch (JsonException error)
        {
            throw new ProviderException(WaybillErrorCode.ClusterFailed, "kubernetes", $"The answer is no list of objects: {error.Message}", error) { IsTransient = true };
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    private SequencePosition Parse(ReadOnlySequence<byte> buffer, bool isLast)
    {
        var reader = new Utf8JsonReader(buffer, isFinalBlock: false, _state);
        while (true)
        {
            Utf8JsonReader before = reader;
            if (_complete || !reader.Read())
            {
                return Stop(ref before, buffer, isLast);
            }

            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when reader.CurrentDepth == 1 && _member != "items":
                case JsonTokenType.StartObject when reader.CurrentDepth == 2 && _inItems:
                    long start = reader.TokenStartIndex;
                    if (!reader.TrySkip())
                    {
                        return Stop(ref before, buffer, isLast);
                    }

                    Take(buffer.Slice(start, reader.BytesConsumed - start));
                    break;
                case JsonTokenType.StartArray when reader.CurrentDepth == 1:
                    _inItems = true;
                    break;
                case JsonTokenType.EndArray when reader.CurrentDepth == 1:
                    _inItems = false;
                    break;
                case JsonTokenType.PropertyName when reader.CurrentDepth == 1:
                    _member = reader.GetString()!;
                    break;
                case JsonTokenType.EndObject when reader.CurrentDepth == 0:
                    _complete = true;
                    break;
                default:
                    break;
            }
        }
    }

    private SequencePosition Stop(ref Utf8JsonReader before, ReadOnlySequence<byte> buffer, bool isLast)
    {
        if (_complete)
        {
            return buffer.End; // what follows the list is a line end
        }

        _state = before.CurrentState;
        return isLast ? buffer.End : buffer.GetPosition(before.BytesConsumed);
    }

    private void Take(ReadOnlySequence<byte> element)
    {
        if (_inItems)
        {
            onItem(element);
        }
        else if (_member == "metadata")
        {
            using JsonDocument metadata = JsonDocument.Parse(element);
            Continue = metadata.RootElement.Text("continue");
            ResourceVersion = metadata.RootElement.Text("resourceVersion");
        }
    }
}
