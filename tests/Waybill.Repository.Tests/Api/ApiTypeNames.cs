using System.Reflection;

namespace Waybill.Repository.Tests.Api;

/// <summary>Writes types the way C# source does, nullability included, without namespaces for what is in the same namespace or in System.</summary>
internal static class ApiTypeNames
{
    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(short)] = "short", [typeof(ushort)] = "ushort",
        [typeof(int)] = "int", [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    public static string Of(ParameterInfo parameter) => Of(parameter.ParameterType, new NullabilityInfoContext().Create(parameter));

    public static string Of(PropertyInfo property)
    {
        NullabilityInfo nullability = new NullabilityInfoContext().Create(property);
        return Of(property.PropertyType, nullability, property.CanRead ? nullability.ReadState : nullability.WriteState);
    }

    public static string Of(FieldInfo field) => Of(field.FieldType, new NullabilityInfoContext().Create(field));

    public static string Of(EventInfo item) => Of(item.EventHandlerType!, new NullabilityInfoContext().Create(item));

    public static string Of(Type type) => Of(type, nullability: null, NullabilityState.NotNull);

    /// <summary>Writes the name of a declaration: without its namespace, with its outer types and its generic parameters.</summary>
    public static string Declaration(Type type)
    {
        string outer = type.DeclaringType is null ? "" : Declaration(type.DeclaringType) + ".";
        IEnumerable<string> parameters = OwnArguments(type).Select(argument => Variance(argument) + argument.Name);
        return outer + WithArguments(PlainName(type), parameters);
    }

    private static string Of(Type type, NullabilityInfo nullability) => Of(type, nullability, nullability.ReadState);

    private static string Of(Type type, NullabilityInfo? nullability, NullabilityState state)
    {
        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability?.ElementType ?? nullability, state);
        }

        if (type.IsPointer)
        {
            return Of(type.GetElementType()!) + "*";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying, nullability, NullabilityState.NotNull) + "?";
        }

        string mark = CanShowNull(type) && state == NullabilityState.Nullable ? "?" : "";
        if (type.IsArray)
        {
            NullabilityInfo? element = nullability?.ElementType;
            return Of(type.GetElementType()!, element, element?.ReadState ?? NullabilityState.NotNull)
                + $"[{new string(',', type.GetArrayRank() - 1)}]" + mark;
        }

        return (s_keywords.GetValueOrDefault(type) ?? Named(type, nullability)) + mark;
    }

    // Reflection calls every use of an unconstrained type parameter nullable, marked in source or not.
    private static bool CanShowNull(Type type) => type.IsGenericParameter
        ? type.GenericParameterAttributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint)
            || type.GetGenericParameterConstraints().Any(item => item.IsClass && item != typeof(ValueType))
        : !type.IsValueType;

    private static string Named(Type type, NullabilityInfo? nullability)
    {
        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        string prefix = type.DeclaringType is { } outer ? Named(outer, null) + "."
            : type.Namespace is null or "System" || type.Namespace.StartsWith("System.", StringComparison.Ordinal) ? ""
            : type.Namespace + ".";
        Type[] all = type.GetGenericArguments();
        NullabilityInfo[] inner = nullability?.GenericTypeArguments ?? [];
        IEnumerable<string> arguments = OwnArguments(type).Select(argument =>
        {
            NullabilityInfo? info = inner.ElementAtOrDefault(Array.IndexOf(all, argument));
            return Of(argument, info?.Type == argument ? info : null, info?.ReadState ?? NullabilityState.NotNull);
        });
        return prefix + WithArguments(PlainName(type), arguments);
    }

    private static string PlainName(Type type) => type.Name.Split('`')[0];

    // A nested type repeats the generic arguments of the type around it; only those it adds are its own.
    private static IEnumerable<Type> OwnArguments(Type type) =>
        type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0);

    private static string WithArguments(string name, IEnumerable<string> arguments)
    {
        string list = string.Join(", ", arguments);
        return list.Length == 0 ? name : $"{name}<{list}>";
    }

    private static string Variance(Type parameter) => (parameter.GenericParameterAttributes & GenericParameterAttributes.VarianceMask) switch
    {
        GenericParameterAttributes.Covariant => "out ",
        GenericParameterAttributes.Contravariant => "in ",
        _ => "",
    };
}
