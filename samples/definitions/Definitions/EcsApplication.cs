using Waybill.Samples.Definitions.Documents;
using Waybill.Samples.Definitions.Ecs;

namespace Waybill.Samples.Definitions;

/// <summary>Reads task definitions of AWS ECS as definitions of applications.</summary>
public static class EcsApplication
{
    /// <summary>Reads a task definition: the output of <c>aws ecs describe-task-definition --include TAGS</c>, or the JSON it was registered with.</summary>
    /// <param name="file">Its bytes. They become the definition as they are and must not change afterwards.</param>
    /// <param name="options">What is known beside it.</param>
    /// <returns>The application, its volumes, and what its bundles will not hold.</returns>
    /// <exception cref="WaybillException">
    /// <see cref="WaybillErrorCode.ResourceInvalid"/> if it is not a task definition; <see cref="WaybillErrorCode.LimitExceeded"/> if it is larger or nested
    /// deeper than any real one.
    /// </exception>
    /// <exception cref="ArgumentException"><paramref name="options"/> has two volumes that are one.</exception>
    public static DefinedApplication Read(ReadOnlyMemory<byte> file, DefinitionOptions? options = null)
    {
        options ??= new DefinitionOptions();
        string fileName = options.FileName.Length > 0 ? options.FileName : "task-definition.json";
        return new EcsReader(JsonReader.Read(fileName, file.Span), file, options).Read();
    }
}
