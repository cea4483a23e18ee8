"""The modules for 1C and the examples of the pages, read by a parser of BSL. Arguments: the folder with the schemas, and
other files with examples.

Everything must be BSL from end to end, every function of the library's documentation must be declared with its parameters,
what is called must be there to be called so, and what is read must have been given a value. That is as far as one comes
without the platform.
"""

import pathlib
import sys

import tree_sitter
import tree_sitter_bsl

# What the library's documentation calls, and with how many arguments.
LIBRARY = {
    "Whatsgate_Клиент": {
        "ПолучитьСтруктуруДанных": 1,
        "ОтправитьСообщение": 1,
        "ПрикрепитьФайл": 2,
        "ПометитьКакПрочитанное": 1,
        "ПолучитьПрикрепленныйМедиафайл": 1,
        "ПроверитьЗарегистрированЛиНомер": 1,
        "ПолучитьВсеАктивныеЧаты": 0,
        "СоздатьНовуюСессию": 1,
        "ПолучитьВсеСессии": 0,
        "ИзменитьИмяСессии": 1,
        "УдалитьИмяСессии": 0,
        "УдалитьВсеСессии": 0,
    },
    "Whatsgate_Сервер": {"ПолучитьТокенПользователя": 0, "ПолучитьИдентификаторСессии": 0},
    "Whatsgate_Webhook": {},
}
# Its procedures, which are written down there with their parameters.
HANDLERS = {
    name: "(ДанныеТела = Неопределено)"
    for name in (
        "ОбработатьВходящееСообщение",
        "ОбработатьДоставкуСообщения",
        "ОбработатьЧтениеСообщения",
        "ОбработатьОтключениеКлиента",
        "ОбработатьОшибку",
    )
}
# What only the module itself calls: the token stays on the server.
HIDDEN = {"ПолучитьТокенПользователя"}
# What the modules take of the platform.
FUNCTIONS = set(
    """Base64Значение Base64Строка Дата ЗаписатьJSON ЗаписьЖурналаРегистрации ЗначениеЗаполнено ИнформацияОбОшибке
    КодироватьСтроку Лев МестноеВремя НРег ОтменитьТранзакцию ПодробноеПредставлениеОшибки
    ПолучитьДвоичныеДанныеИзСтроки ПрочитатьJSON РаскодироватьСтроку СоединитьДвоичныеДанные Сред СтрДлина СтрЗаменить
    СтрНайти СтрНачинаетсяС Строка ТекущаяУниверсальнаяДатаВМиллисекундах Тип ТипЗнч ТранзакцияАктивна Формат
    ЧасовойПоясСеанса Число""".split()
)
TYPES = set(
    """HTTPЗапрос HTTPСоединение ДвоичныеДанные ЗаписьJSON ЗащищенноеСоединениеOpenSSL Массив
    СертификатыУдостоверяющихЦентровОС Структура УникальныйИдентификатор Файл ЧтениеJSON""".split()
)
VALUES = {
    "ИспользованиеByteOrderMark",
    "КодировкаТекста",
    "Символы",
    "СпособКодированияСтроки",
    "УровеньЖурналаРегистрации",
}

parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bsl.language()))


def text(node):
    return node.text.decode()


def every(node):
    yield node
    for child in node.children:
        yield from every(child)


def is_end_of_loop(node):
    """The semicolon after `КонецЦикла` of the loop `Пока`, which the grammar knows after all other loops only."""
    before = node and node.prev_sibling
    return bool(node and node.is_error and text(node) == ";" and before and before.type == "while_statement")


def parse(name, source):
    """The tree of a source that is BSL from end to end."""
    tree = parser.parse(source.encode()).root_node
    for node in every(tree):
        line = node.start_point[0] + 1
        if node.type.endswith("_statement"):
            # The grammar does without, the platform does not.
            assert text(node).endswith(";") or is_end_of_loop(node.next_sibling), f"{name}:{line}: no semicolon at the end"
        if is_end_of_loop(node):
            continue
        assert not node.is_error, f"{name}:{line}: no BSL: {text(node)[:60]!r}"
        assert not node.is_missing, f"{name}:{line}: {node.type} is missing"
    assert tree.named_child_count, f"{name}: empty"
    return tree


class Declared:
    """A function or procedure of a module."""

    def __init__(self, node):
        self.name = text(next(child for child in node.children if child.type == "identifier"))
        parameters = next(child for child in node.children if child.type == "parameters")
        self.parameters = text(parameters)
        each = [child for child in parameters.children if child.type == "parameter"]
        self.required = sum(not any(part.type == "=" for part in child.children) for child in each)
        self.most = len(each)
        self.exported = any(child.type == "EXPORT_KEYWORD" for child in node.children)


def declared(tree):
    kinds = ("function_definition", "procedure_definition")
    found = [Declared(node) for node in tree.children if node.type in kinds]
    names = [one.name.casefold() for one in found]
    assert len(names) == len(set(names)), f"declared twice: {names}"
    return {one.name: one for one in found}


def calls(tree):
    """Calls as the module that is named, if one is, the name, and the number of arguments."""
    for node in every(tree):
        if node.type != "method_call":
            continue
        name = text(node.child(0))
        arguments = next(child for child in node.children if child.type == "arguments")
        parts = [child for child in arguments.children if child.type not in ("(", ")")]
        # An argument may be left out between commas.
        count = len([part for part in parts if part.type == ","]) + 1 if parts else 0
        dot = node.prev_sibling
        before = text(dot.prev_sibling) if dot is not None and dot.type == "." else None
        yield before, name, count, node


def check_calls(where, tree, modules, own=None):
    checked = 0
    for before, name, count, node in calls(tree):
        line = node.start_point[0] + 1
        if before in modules:
            target = modules[before].get(name)
            assert target and (target.exported or before == own), f"{where}:{line}: there is no {before}.{name}"
        elif before is None and own:
            target = modules[own].get(name)
            assert target or name in FUNCTIONS, f"{where}:{line}: there is no {name}"
            if not target:
                continue
        else:
            continue
        assert target.required <= count <= target.most, f"{where}:{line}: {name} with {count} arguments"
        checked += 1
    return checked


def check_names(where, tree, modules):
    """What is read in a function is a parameter of it, or was given a value in it."""
    read = 0
    for function in tree.children:
        if function.type not in ("function_definition", "procedure_definition"):
            continue
        known = set(VALUES) | set(modules)
        for node in every(function):
            if node.type in ("parameter", "for_each_statement", "for_statement", "assignment_statement"):
                known |= {text(child) for child in node.children if child.type == "identifier"}
        for node in every(function):
            line = node.start_point[0] + 1
            if node.type == "new_expression":
                made = text(next(child for child in node.children if child.type == "identifier"))
                assert made in TYPES, f"{where}:{line}: there is no type {made}"
            elif node.type == "identifier" and node.parent.type in ("expression", "access"):
                assert text(node) in known, f"{where}:{line}: {text(node)} has no value"
                read += 1
    return read


def check_requests(tree):
    """Every request goes through one function, with its method and path written out."""
    made = 0
    for before, name, count, node in calls(tree):
        assert name != "ВызватьHTTPМетод" or text(node).startswith("ВызватьHTTPМетод(Метод,"), text(node)
        if before is None and name == "Вызвать":
            arguments = next(child for child in node.children if child.type == "arguments")
            values = [child for child in arguments.children if child.type == "expression"][:2]
            for value in values:
                assert text(value).startswith('"') and '" +' not in text(value), f"not written out: {text(value)}"
            made += 1
    return made


def main():
    schemas = pathlib.Path(sys.argv[1])
    trees = {path.stem: parse(path.name, path.read_text()) for path in sorted((schemas / "1c").glob("*.bsl"))}
    assert set(trees) == set(LIBRARY), f"the modules are {sorted(trees)}"
    modules = {name: declared(tree) for name, tree in trees.items()}
    functions = 0
    for module, library in LIBRARY.items():
        for name, count in library.items():
            one = modules[module].get(name)
            assert one, f"{module} has no {name}"
            assert one.exported or name in HIDDEN, f"{module}.{name} cannot be called"
            assert one.required == count, f"{module}.{name}{one.parameters}: {count} without those that may be left out"
            functions += 1
    for name, parameters in HANDLERS.items():
        one = modules["Whatsgate_Webhook"].get(name)
        assert one and one.parameters == parameters, f"Whatsgate_Webhook has no {name}{parameters}"
        functions += 1
    checked = sum(check_calls(name, tree, modules, name) for name, tree in trees.items())
    read = sum(check_names(name, tree, modules) for name, tree in trees.items())
    assert read > 300, f"only {read} names were found"
    made = check_requests(trees["Whatsgate_Сервер"])
    assert made >= 14, f"only {made} requests were found"
    examples, called = 0, set()
    for page in (schemas / "README.md", schemas / "1c/README.md"):
        for number, block in enumerate(page.read_text().split("```bsl\n")[1:], 1):
            where = f"{page.parent.name}/{page.name}, example {number}"
            tree = parse(where, block.split("```")[0])
            checked += check_calls(where, tree, modules)
            called |= {name for before, name, _, _ in calls(tree) if before == "Whatsgate_Клиент"}
            examples += 1
    for path in map(pathlib.Path, sys.argv[2:]):
        tree = parse(path.name, path.read_text())
        checked += check_calls(path.name, tree, modules)
        examples += 1
    unshown = set(LIBRARY["Whatsgate_Клиент"]) - called - {"УдалитьИмяСессии"}
    assert not unshown, f"no example calls {sorted(unshown)}"
    assert checked > 60, f"only {checked} calls were found"
    print(f"checked: {len(trees)} modules, {functions} functions of the library, {checked} calls, {read} names, {made} requests, {examples} examples")


if __name__ == "__main__":
    main()
