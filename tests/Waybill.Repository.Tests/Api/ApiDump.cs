using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Waybill.Repository.Tests.Api;

/// <summary>
/// Writes the public API of an assembly as text that a reviewer reads like source: one line per member, in an order
/// that depends on names only, so that a difference between two such texts is a difference of the API.
/// </summary>
internal static class ApiDump
{
    public static string Of(Assembly assembly) => Of(ApiSurface.Types(assembly));

    public static string Of(IEnumerable<Type> types)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, Type> group in types.GroupBy(type => type.Namespace ?? "").OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            StringBuilder declarations = new();
            foreach (Type type in group.OrderBy(type => type.FullName, StringComparer.Ordinal))
            {
                Append(declarations.Append('\n'), type);
            }

            // As in source, types of the namespace at hand need no prefix.
            string prefix = $@"\b{Regex.Escape(group.Key)}\.(?=[A-Z])";
            text.Append(text.Length == 0 ? "" : "\n").Append("namespace ").Append(group.Key).Append('\n');
            text.Append(Regex.Replace(declarations.ToString(), prefix, ""));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, Type type)
    {
        text.Append(Attributes(type));
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            text.Append(CultureInfo.InvariantCulture,
                $"public delegate {Return(invoke)} {ApiTypeNames.Declaration(type)}({Parameters(invoke)}){Constraints(type)}\n");
            return;
        }

        string bases = string.Join(", ", Bases(type));
        text.Append(CultureInfo.InvariantCulture, $"{Access(type)} {Kind(type)} {ApiTypeNames.Declaration(type)}");
        text.Append(bases.Length == 0 ? "" : " : " + bases).Append(Constraints(type)).Append('\n');
        foreach (string line in type.IsEnum ? EnumLines(type) : MemberLines(type))
        {
            text.Append("    ").Append(line).Append('\n');
        }
    }

    private static IEnumerable<string> EnumLines(Type type) =>
        from field in type.GetFields(BindingFlags.Public | BindingFlags.Static)
        let value = Convert.ToInt64(field.GetRawConstantValue(), CultureInfo.InvariantCulture)
        orderby value, field.Name
        select $"{field.Name} = {value}";

    private static IEnumerable<string> MemberLines(Type type) =>
    [
        .. Sorted(ApiSurface.Fields(type), Line),
        .. Sorted(ApiSurface.Constructors(type), item => $"{Access(item)} {type.Name.Split('`')[0]}({Parameters(item)})"),
        .. Sorted(ApiSurface.Properties(type), Line),
        .. Sorted(ApiSurface.Events(type), item => $"{Access(item.AddMethod!)} event {ApiTypeNames.Of(item)} {item.Name}"),
        .. Sorted(ApiSurface.Methods(type), Line),
    ];

    private static IEnumerable<string> Sorted<T>(IEnumerable<T> members, Func<T, string> line)
        where T : MemberInfo =>
        members.Select(member => (member.Name, Text: Attributes(member) + line(member)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Text, StringComparer.Ordinal)
            .Select(pair => pair.Text);

    private static string Line(FieldInfo field)
    {
        string access = field.IsPublic ? "public" : "protected";
        string kind = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        string value = field.IsLiteral ? " = " + Literal(field.GetRawConstantValue(), field.FieldType) : "";
        return $"{access} {kind}{ApiTypeNames.Of(field)} {field.Name}{value}";
    }

    private static string Line(PropertyInfo property)
    {
        MethodInfo[] visible = [.. property.GetAccessors(nonPublic: true).Where(ApiSurface.IsVisible)];
        MethodInfo widest = visible.FirstOrDefault(accessor => accessor.IsPublic) ?? visible[0];
        string accessors = string.Join(" ", new[] { property.GetMethod, property.SetMethod }
            .Where(accessor => accessor is not null && ApiSurface.IsVisible(accessor))
            .Select(accessor => (Access(accessor!) == Access(widest) ? "" : Access(accessor!) + " ") + AccessorVerb(property, accessor!) + ";"));
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length == 0 ? property.Name : $"this[{Parameters(index)}]";
        string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : "";
        string byReference = property.PropertyType.IsByRef ? "ref " : "";
        return $"{Access(widest)} {Modifiers(widest)}{required}{byReference}{ApiTypeNames.Of(property)} {name} {{ {accessors} }}";
    }

    private static string AccessorVerb(PropertyInfo property, MethodInfo accessor) =>
        accessor == property.GetMethod ? "get"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init"
        : "set";

    private static string Line(MethodInfo method)
    {
        string arguments = string.Join(", ", method.GetGenericArguments().Select(argument => argument.Name));
        string name = arguments.Length == 0 ? method.Name : $"{method.Name}<{arguments}>";
        string constraints = string.Concat(method.GetGenericArguments().Select(Constraint));
        return $"{Access(method)} {Modifiers(method)}{Return(method)} {name}({Parameters(method)}){constraints}";
    }

    private static string Return(MethodInfo method) =>
        (method.ReturnType.IsByRef ? "ref " : "") + ApiTypeNames.Of(method.ReturnParameter);

    private static string Parameters(MethodBase method)
    {
        string extended = method.IsDefined(typeof(ExtensionAttribute)) ? "this " : "";
        return extended + Parameters(method.GetParameters());
    }

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(parameter =>
    {
        string direction = !parameter.ParameterType.IsByRef ? "" : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        string many = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params " : "";
        string value = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue, parameter.ParameterType) : "";
        return $"{many}{direction}{ApiTypeNames.Of(parameter)} {parameter.Name}{value}";
    }));

    private static string Literal(object? value, Type type) => value switch
    {
        null => type.IsValueType && Nullable.GetUnderlyingType(type) is null ? "default" : "null",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        char letter => $"'{letter}'",
        _ when type.IsEnum => $"{type.Name}.{Enum.ToObject(type, value)}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Kind(Type type)
    {
        if (type.IsEnum)
        {
            return type.IsDefined(typeof(FlagsAttribute)) ? "flags enum" : "enum";
        }

        if (type.IsInterface)
        {
            return "interface";
        }

        string record = IsRecord(type) ? "record " : "";
        if (type.IsValueType)
        {
            string immutable = type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "";
            return $"{immutable}{(type.IsByRefLike ? "ref " : "")}{record}struct";
        }

        string shape = type is { IsAbstract: true, IsSealed: true } ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        return $"{shape}{record}class";
    }

    // Both kinds of records have this method and nothing else does.
    private static bool IsRecord(Type type) =>
        type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly, [typeof(StringBuilder)]) is { } print
        && print.IsDefined(typeof(CompilerGeneratedAttribute));

    private static IEnumerable<string> Bases(Type type)
    {
        if (type.IsEnum)
        {
            Type number = Enum.GetUnderlyingType(type);
            return number == typeof(int) ? [] : [ApiTypeNames.Of(number)];
        }

        Type[] inherited = [.. type.BaseType?.GetInterfaces() ?? [], .. type.GetInterfaces().SelectMany(item => item.GetInterfaces())];
        Type? itself = IsRecord(type) ? typeof(IEquatable<>).MakeGenericType(type) : null;
        IEnumerable<string> own = type.GetInterfaces().Where(item => item.IsVisible && item != itself).Except(inherited)
            .Select(ApiTypeNames.Of).Order(StringComparer.Ordinal);
        Type? parent = type.BaseType is { } found && found != typeof(object) && found != typeof(ValueType) ? found : null;
        return parent is null ? own : own.Prepend(ApiTypeNames.Of(parent));
    }

    private static string Constraints(Type type) => string.Concat(type.GetGenericArguments().Select(Constraint));

    private static string Constraint(Type parameter)
    {
        GenericParameterAttributes flags = parameter.GenericParameterAttributes;
        bool value = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        List<string> parts =
        [
            .. value ? ["struct"] : flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? (string[])["class"] : [],
            .. parameter.GetGenericParameterConstraints().Where(item => item != typeof(ValueType)).Select(ApiTypeNames.Of),
            .. !value && flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) ? (string[])["new()"] : [],
        ];
        return parts.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", parts)}";
    }

    private static string Access(Type type) => type.IsPublic || type.IsNestedPublic ? "public" : "protected";

    private static string Access(MethodBase method) => method.IsPublic ? "public" : "protected";

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
        {
            return method.IsAbstract ? "static abstract " : "static ";
        }

        if (method.DeclaringType!.IsInterface)
        {
            return method.IsAbstract ? "" : "virtual ";
        }

        bool overrides = method.GetBaseDefinition() != method;
        return method.IsAbstract ? overrides ? "abstract override " : "abstract "
            : overrides ? method.IsFinal ? "sealed override " : "override "
            : method is { IsVirtual: true, IsFinal: false } ? "virtual "
            : "";
    }

    private static string Attributes(MemberInfo member) => string.Concat(
        member.GetCustomAttributesData()
            .Where(data => data.AttributeType.Name is "ObsoleteAttribute" or "ExperimentalAttribute" or "EditorBrowsableAttribute")
            .Where(data => !IsAddedByCompiler(member, data))
            .Select(data => $"[{data.AttributeType.Name[..^"Attribute".Length]}({string.Join(", ", data.ConstructorArguments)})] ")
            .Order(StringComparer.Ordinal));

    // Constructors of types with required members are marked obsolete for compilers that do not know them.
    private static bool IsAddedByCompiler(MemberInfo member, CustomAttributeData attribute) =>
        member is ConstructorInfo && member.IsDefined(typeof(CompilerFeatureRequiredAttribute)) && attribute.AttributeType.Name == "ObsoleteAttribute";
}
