/*-------------------------------------------------------------------------
 *
 * catalog.c
 *		What the catalog says of a table, a view or a row type: its columns,
 *		who fills each, and what their names mean.
 *
 * Reading the catalog needs no privilege, and nothing here reads a table.
 * The relation stays locked in AccessShareLock, so that the Schema stays
 * true to it until the transaction ends.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_description.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "schema/catalog.h"
#include "schema/semantic.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* How often a boolean column has the value of its default. */
#define BOOLEAN_DEFAULT_WEIGHT	0.85

/* ---- types ---- */

char *
catalog_type_name(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	name = pstrdup(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname));
	ReleaseSysCache(tuple);
	return name;
}

static void
fill_enum(Field *field)
{
	enum_values(field->base_type, &field->enumeration);
	field->why = psprintf("enum type \"%s\"", catalog_type_name(field->base_type));
}

/* What the base type and its modifier say; elements of arrays too. */
static void
fill_from_type(Field *field)
{
	field->why = "type";
	if ((field->base_type == VARCHAROID || field->base_type == BPCHAROID) &&
		field->base_typmod >= (int32) VARHDRSZ)
		field->max_length = field->base_typmod - VARHDRSZ;
	else if (get_typtype(field->base_type) == TYPTYPE_ENUM)
		fill_enum(field);
	if (field->items != NULL)
		fill_from_type(field->items);
}

static Field *
make_field(Form_pg_attribute attribute)
{
	Field	   *field = field_make(NameStr(attribute->attname));

	if (attribute->attisdropped)
	{
		field->origin = FIELD_DROPPED;
		field->why = "dropped column";
		return field;
	}
	field->origin = FIELD_MADE;
	field_set_type(field, NULL, attribute->atttypid, attribute->atttypmod);
	field->collation = attribute->attcollation;
	field->required = attribute->attnotnull;
	fill_from_type(field);
	return field;
}

/* The relation's columns, one field each. */
static Schema *
make_schema(Relation rel)
{
	TupleDesc	tupdesc = RelationGetDescr(rel);
	Schema	   *schema = palloc0(sizeof(Schema));

	schema->title = pstrdup(RelationGetRelationName(rel));
	schema->nfields = tupdesc->natts;
	schema->fields = palloc(sizeof(Field *) * Max(tupdesc->natts, 1));
	for (int i = 0; i < tupdesc->natts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		schema->fields[i] = make_field(TupleDescAttr(tupdesc, i));
	}
	return schema;
}

/* ---- comments ---- */

/* All comments of a relation in one scan: it may have 1,600 columns. */
static void
add_comments(Schema *schema, Oid relid)
{
	Relation	descriptions = table_open(DescriptionRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_description_objoid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(relid));
	ScanKeyInit(&keys[1], Anum_pg_description_classoid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(descriptions, DescriptionObjIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		int32		column = ((Form_pg_description) GETSTRUCT(tuple))->objsubid;
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_description_description,
										 RelationGetDescr(descriptions), &isnull);

		if (isnull || column < 0 || column > schema->nfields)
			continue;
		if (column == 0)
			schema->description = TextDatumGetCString(value);
		else
			schema->fields[column - 1]->description = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(descriptions, AccessShareLock);
}

/* ---- defaults ---- */

/* Keys that we number ourselves count from 1, as sequences do. */
static void
number_from_one(Field *field)
{
	switch (field->base_type)
	{
		case INT2OID:
			field->minimum.value = Int16GetDatum(1);
			break;
		case INT4OID:
			field->minimum.value = Int32GetDatum(1);
			break;
		case INT8OID:
			field->minimum.value = Int64GetDatum(1);
			break;
		default:
			return;
	}
	field->minimum.set = true;
	field->unique = true;
}

static bool
find_nextval(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, NextValueExpr))
		return true;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_NEXTVAL)
		return true;
	return expression_tree_walker(node, find_nextval, context);
}

/* A default that gives another value for each row. */
static void
take_volatile_default(Field *field, Node *expr, bool evaluate, bool identity)
{
	if (evaluate)
	{
		field->origin = FIELD_DEFAULT;
		field->expr = expr;
	}
	else if (find_nextval(expr, NULL))
		number_from_one(field);
	else
		return;
	field->why = identity ? "identity" : "default";
}

/*
 * The value of an immutable default, or NULL.  now() and its like say when a
 * row is stored, which is not what a row that is made up should say.
 */
static Const *
constant_default(Node *expr)
{
	/* The planner keeps a cast to a domain, for its checks may change. */
	while (IsA(expr, CoerceToDomain))
		expr = (Node *) ((CoerceToDomain *) expr)->arg;
	if (contain_mutable_functions(expr))
		return NULL;
	expr = (Node *) expression_planner((Expr *) copyObject(expr));
	return IsA(expr, Const) ? (Const *) expr : NULL;
}

/* Most rows have the default, but not all: a flag is there to differ. */
static void
take_boolean_default(Field *field, bool value)
{
	ValueList  *list = &field->enumeration;

	list->count = 2;
	list->values = palloc(sizeof(Datum) * 2);
	list->nulls = palloc0(sizeof(bool) * 2);
	list->weights = palloc(sizeof(double) * 2);
	list->values[0] = BoolGetDatum(value);
	list->values[1] = BoolGetDatum(!value);
	list->weights[0] = BOOLEAN_DEFAULT_WEIGHT;
	list->weights[1] = 1 - BOOLEAN_DEFAULT_WEIGHT;
	field->why = "default";
}

static bool
is_empty_text(const Field *field, Datum value)
{
	return value_kind(field->base_type) == VALUE_TEXT &&
		VARSIZE_ANY_EXHDR(DatumGetPointer(value)) == 0;
}

/* A default that is the same for all rows. */
static void
take_constant_default(Field *field, Node *expr)
{
	ValueKind	kind = value_kind(field->base_type);
	Const	   *constant;

	/* 0, or the date of today, says less than the type does. */
	if (value_kind_is_scale(kind) || field->enumeration.count > 0)
		return;
	constant = constant_default(expr);
	if (constant == NULL || constant->constisnull)
		return;
	if (kind == VALUE_BOOLEAN)
	{
		if (!field->unique)
			take_boolean_default(field, DatumGetBool(constant->constvalue));
		return;
	}
	/* One value for all rows cannot be unique; "" is a value for none. */
	if (field->unique || is_empty_text(field, constant->constvalue))
		return;
	field->has_default = true;
	field->default_value = constant->constvalue;
	field->why = "default";
}

/* The stored expression of a generated column or default, or NULL. */
static const char *
stored_default(Relation rel, AttrNumber attnum)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr != NULL && i < constr->num_defval; i++)
		if (constr->defval[i].adnum == attnum)
			return constr->defval[i].adbin;
	return NULL;
}

/*
 * The expression of a generated column is taken as it is stored: made into a
 * default and evaluated without a row, it would crash.
 */
static void
take_generated(Schema *schema, Field *field, Relation rel, AttrNumber attnum)
{
	const char *stored = stored_default(rel, attnum);

	if (stored == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("generated column \"%s\" of \"%s\" has no expression",
						field->name, RelationGetRelationName(rel))));
	field->origin = FIELD_EXPRESSION;
	field->generated_always = true;
	field->expr = catalog_table_expression(rel, stored);
	field->why = "generated column";
	/* A system column that is left has no value in a row that is not stored. */
	if (field->expr == NULL)
	{
		field->expr = (Node *) makeNullConst(field->type, field->typmod,
											 field->collation);
		schema->unchecked = true;
	}
}

/*
 * Who it is that stores the row, or what his session says, is nothing to make
 * up where row security may ask for it.
 */
static bool
reads_session(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, SQLValueFunction))
	{
		SQLValueFunctionOp op = ((SQLValueFunction *) node)->op;

		return op == SVFOP_CURRENT_ROLE || op == SVFOP_CURRENT_USER || op == SVFOP_USER ||
			op == SVFOP_SESSION_USER;
	}
	if (IsA(node, FuncExpr))
	{
		Oid			function = ((FuncExpr *) node)->funcid;

		if (function == F_CURRENT_SETTING_TEXT || function == F_CURRENT_SETTING_TEXT_BOOL ||
			function == F_CURRENT_USER || function == F_SESSION_USER)
			return true;
	}
	return expression_tree_walker(node, reads_session, context);
}

static void
add_default(Schema *schema, Relation rel, AttrNumber attnum, bool evaluate)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	Field	   *field = schema->fields[attnum - 1];
	bool		identity = attribute->attidentity != '\0';
	Node	   *expr;

	if (attribute->attisdropped)
		return;
	if (attribute->attgenerated != '\0')
	{
		take_generated(schema, field, rel, attnum);
		return;
	}
	field->generated_always = attribute->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;

	/* A key of another table is no number of our own. */
	if (field->reference >= 0 && !field->generated_always)
		return;
	expr = build_column_default(rel, attnum);
	if (expr == NULL)
		return;
	if (identity || contain_volatile_functions(expr) ||
		(rel->rd_rel->relrowsecurity && reads_session(expr, NULL)))
		take_volatile_default(field, expr, evaluate, identity);
	else
		take_constant_default(field, expr);
}

/* Is it made of nothing but a list? */
static bool
lists_values(const SemanticType *semantic)
{
	JsonbValue	memory;

	return semantic->recipe == NULL && semantic->keywords != NULL &&
		getKeyJsonValueFromContainer(&semantic->keywords->root, "enum", strlen("enum"),
									 &memory) != NULL;
}

/* ---- meanings of names ---- */

static void
name_field(Field *field, const char *table_name, const char *comment)
{
	Field	   *target = field->items != NULL ? field->items : field;
	const char *field_why = field->why;
	const char *target_why = target->why;
	const char *why;

	/* A view's column may have its meaning from the table. */
	if (field->origin != FIELD_MADE || field->reference >= 0 ||
		target->semantic != NULL ||
		target->enumeration.count > 0 || field->minimum.set)
		return;
	target->semantic = semantic_for_column(field->name, table_name,
										   field->base_type, &why);
	if (target->semantic == NULL && comment != NULL)
		target->semantic = semantic_for_comment(comment, table_name,
												field->base_type, &why);
	if (target->semantic == NULL)
		return;
	field->why = target->why = why;
	/* The ranges of a table's partitions say more. */
	if (target->semantic->keywords != NULL &&
		target->distribution.kind == DISTRIBUTION_NONE)
		field_apply_defaults(target, target->semantic->keywords);
	if (lists_values(target->semantic) && target->enumeration.count == 0 &&
		target->distribution.kind == DISTRIBUTION_NONE)
	{
		/* none of them suits the column */
		target->semantic = NULL;
		field->why = field_why;
		target->why = target_why;
	}
}

/* A partition's own name seldom says more than a number. */
static char *
telling_name(Relation rel)
{
	char	   *name = NULL;

	if (rel->rd_rel->relispartition)
	{
		List	   *ancestors = get_partition_ancestors(RelationGetRelid(rel));

		if (ancestors != NIL)
			name = get_rel_name(llast_oid(ancestors));
	}
	return name != NULL ? name : pstrdup(RelationGetRelationName(rel));
}

static void
name_fields(Schema *schema, Relation rel)
{
	char	   *name = telling_name(rel);

	for (int i = 0; i < schema->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		name_field(schema->fields[i], name,
				   GetComment(RelationGetRelid(rel), RelationRelationId, i + 1));
	}
	pfree(name);
}

/* ---- relations and row types ---- */

static bool
is_table(Relation rel)
{
	return rel->rd_rel->relkind == RELKIND_RELATION ||
		rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
}

static void
check_relation_kind(Relation rel)
{
	char		relkind = rel->rd_rel->relkind;

	if (IsCatalogRelation(rel))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a system catalog", RelationGetRelationName(rel))));
	if (!is_table(rel) && relkind != RELKIND_VIEW &&
		relkind != RELKIND_MATVIEW && relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table or view", RelationGetRelationName(rel)),
				 errdetail_relkind_not_supported(relkind)));
}

/* What only tables have, foreign ones too.  The order matters: defaults look at references and
 * at what is unique. */
static void
add_table_parts(Schema *schema, Relation rel, bool evaluate_defaults)
{
	List	   *dpcontext = deparse_context_for(RelationGetRelationName(rel),
												RelationGetRelid(rel));

	catalog_add_references(schema, rel);
	catalog_add_indexes(schema, rel);
	for (int i = 0; i < schema->nfields; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_default(schema, rel, i + 1, evaluate_defaults);
	}
	catalog_add_table_checks(schema, rel, dpcontext);
	catalog_add_partition_bounds(schema, rel, dpcontext);
}

Schema *
schema_from_relation(Relation rel, bool evaluate_defaults)
{
	Schema	   *schema;

	check_relation_kind(rel);
	schema = make_schema(rel);
	schema->relid = RelationGetRelid(rel);
	add_comments(schema, schema->relid);
	if (is_table(rel) || rel->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
		add_table_parts(schema, rel, evaluate_defaults);
	else if (rel->rd_rel->relkind == RELKIND_VIEW)
		catalog_add_view_parts(schema, rel, evaluate_defaults);
	catalog_add_domain_checks(schema);
	name_fields(schema, rel);
	return schema;
}

pg_noreturn static void
not_a_row_type(Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("type %s is not a row type", format_type_be(type)),
			 errhint("Give a NULL of a table's row type, as in NULL::customers.")));
}

Schema *
schema_from_rowtype(Oid type, bool evaluate_defaults)
{
	Oid			base_type = getBaseType(type);
	Oid			relid = get_typ_typrelid(base_type);
	Relation	rel;
	Schema	   *schema;

	if (!OidIsValid(relid))
		not_a_row_type(type);
	rel = relation_open(relid, AccessShareLock);
	if (rel->rd_rel->relkind == RELKIND_COMPOSITE_TYPE)
	{
		schema = make_schema(rel);
		add_comments(schema, relid);
		catalog_add_domain_checks(schema);
		name_fields(schema, rel);
	}
	else
		schema = schema_from_relation(rel, evaluate_defaults);

	if (base_type != type && DomainHasConstraints(type))
		catalog_add_row_checks(schema, type);
	relation_close(rel, NoLock);
	return schema;
}
