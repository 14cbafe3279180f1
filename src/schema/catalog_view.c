/*-------------------------------------------------------------------------
 *
 * catalog_view.c
 *		What the table behind a simple view asks of the view's columns.
 *
 * Only a view that PostgreSQL itself passes INSERT through is looked into.
 * Its columns are the table's, whose types, defaults, constraints and names
 * hold for them; rules that need a column which the view does not show are
 * left to INSERT.  The view's own condition is one more rule: rows that are
 * made for a view are seen through it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "schema/catalog.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

/* A view's column by each column of its table, and back. */
typedef struct ViewMap
{
	Schema	   *view;
	Schema	   *table;
	int			varno;			/* of the table in the view's query */
	int		   *columns;		/* view's field of each of the table's, or -1 */
} ViewMap;

/* ---- expressions ---- */

typedef struct MapContext
{
	const ViewMap *map;
	int			varno;
	bool		failed;			/* a column that the view does not show */
} MapContext;

static Node *
map_columns(Node *node, void *argument)
{
	MapContext *context = argument;
	Var		   *var;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, map_columns, argument);
	var = copyObject((Var *) node);
	if (var->varno != context->varno || var->varlevelsup != 0 || var->varattno <= 0 ||
		context->map->columns[var->varattno - 1] < 0)
	{
		context->failed = true;
		return node;
	}
	var->varno = 1;
	var->varattno = context->map->columns[var->varattno - 1] + 1;
	var->varnosyn = var->varno;
	var->varattnosyn = var->varattno;
	return (Node *) var;
}

/* An expression over the table's columns as one over the view's, or NULL. */
static Node *
map_expression(const ViewMap *map, Node *expr, int varno)
{
	MapContext	context = {map, varno, false};
	Node	   *mapped = map_columns(expr, &context);

	return context.failed ? NULL : mapped;
}

/* ---- columns ---- */

static bool
map_fields(const ViewMap *map, const int *fields, int n, int *mapped)
{
	for (int i = 0; i < n; i++)
	{
		mapped[i] = map->columns[fields[i]];
		if (mapped[i] < 0)
			return false;
	}
	return true;
}

static void
take_field(const ViewMap *map, Field *field, const Field *from)
{
	Field		own = *field;

	*field = *from;
	field->name = own.name;
	if (own.description != NULL)
		field->description = own.description;
	field->reference = -1;
	if (from->origin != FIELD_EXPRESSION)
		return;
	field->expr = map_expression(map, from->expr, 1);
	if (field->expr == NULL)
		field->expr = (Node *) makeNullConst(field->type, field->typmod, field->collation);
}

/* ---- rules ---- */

static void
take_reference(const ViewMap *map, int index)
{
	const Reference *from = list_nth(map->table->references, index);
	Reference  *reference = palloc(sizeof(Reference));

	*reference = *from;
	reference->fields = palloc(sizeof(int) * from->ncolumns);
	reference->self = false;
	if (!map_fields(map, from->fields, from->ncolumns, reference->fields))
		return;
	map->view->references = lappend(map->view->references, reference);
	for (int k = 0; k < from->ncolumns; k++)
	{
		Field	   *field = map->view->fields[reference->fields[k]];

		if (map->table->fields[from->fields[k]]->reference != index)
			continue;
		field->reference = list_length(map->view->references) - 1;
		field->reference_column = k;
	}
}

static void
take_unique(const ViewMap *map, const UniqueSet *from)
{
	UniqueSet  *set = palloc(sizeof(UniqueSet));

	*set = *from;
	set->fields = palloc(sizeof(int) * from->nfields);
	if (map_fields(map, from->fields, from->nfields, set->fields))
		map->view->uniques = lappend(map->view->uniques, set);
}

static void
take_rules(const ViewMap *map)
{
	ListCell   *lc;

	for (int i = 0; i < list_length(map->table->references); i++)
		take_reference(map, i);
	foreach(lc, map->table->uniques)
		take_unique(map, lfirst(lc));
	foreach(lc, map->table->checks)
	{
		const Check *check = lfirst(lc);
		Node	   *expr = map_expression(map, check->expr, 1);

		/* those of domains the view's columns have themselves */
		if (expr != NULL && check->domain_field < 0)
			catalog_add_check(map->view, check->name, check->text, expr, NIL, -1);
	}
}

static void
take_condition(const ViewMap *map, Relation view, Node *condition)
{
	BooleanTest *test;
	Node	   *expr;

	if (condition == NULL || checkExprHasSubLink(condition))
		return;
	expr = map_expression(map, condition, map->varno);
	if (expr == NULL)
		return;
	/* A check is content with NULL, WHERE is not. */
	test = makeNode(BooleanTest);
	test->arg = (Expr *) expr;
	test->booltesttype = IS_TRUE;
	test->location = -1;
	catalog_add_check(map->view, RelationGetRelationName(view), NULL, (Node *) test,
					  deparse_context_for(RelationGetRelationName(view),
										  RelationGetRelid(view)), -1);
}

/* ---- the view ---- */

static bool
view_replaces_insert(Relation view)
{
	if (view->trigdesc != NULL && view->trigdesc->trig_insert_instead_row)
		return true;
	for (int i = 0; view->rd_rules != NULL && i < view->rd_rules->numLocks; i++)
		if (view->rd_rules->rules[i]->event == CMD_INSERT)
			return true;
	return false;
}

/* Which of the table's columns each of the view's is, if it is one. */
static void
map_view(ViewMap *map, const Query *query)
{
	ListCell   *lc;

	map->columns = palloc(sizeof(int) * Max(map->table->nfields, 1));
	for (int i = 0; i < map->table->nfields; i++)
		map->columns[i] = -1;
	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst(lc);
		Var		   *var = (Var *) entry->expr;

		if (!entry->resjunk && IsA(var, Var) && var->varno == map->varno &&
			var->varattno > 0 && map->columns[var->varattno - 1] < 0)
			map->columns[var->varattno - 1] = entry->resno - 1;
	}
}

void
catalog_add_view_parts(Schema *schema, Relation view, bool evaluate_defaults)
{
	Query	   *query;
	Relation	table;
	ViewMap		map = {.view = schema};

	check_stack_depth();
	if (view_replaces_insert(view))
		return;
	query = get_view_query(view);
	if (view_query_is_auto_updatable(query, false) != NULL)
		return;
	map.varno = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
	table = relation_open(rt_fetch(map.varno, query->rtable)->relid, AccessShareLock);
	map.table = schema_from_relation(table, evaluate_defaults);
	map_view(&map, query);
	for (int i = 0; i < map.table->nfields; i++)
		if (map.columns[i] >= 0)
			take_field(&map, schema->fields[map.columns[i]], map.table->fields[i]);
	take_rules(&map);
	take_condition(&map, view, query->jointree->quals);
	relation_close(table, NoLock);
}
