/*-------------------------------------------------------------------------
 *
 * boost.h
 *		Gradient-boosted trees over binned features: Friedman, "Greedy
 *		function approximation", 2001, with histograms and leaf-wise growth as
 *		in LightGBM (Ke et al., 2017).  The same data give the same model.
 *
 *-------------------------------------------------------------------------
 */
#ifndef SYNTHIK_BOOST_H
#define SYNTHIK_BOOST_H

#define BOOST_BINS	256

typedef struct BoostFeature
{
	bool		categorical;	/* bins have no order */
	int			nbins;			/* 1 .. BOOST_BINS */
	uint8	   *bins;			/* [row] */
} BoostFeature;

typedef enum BoostLoss
{
	BOOST_LOGISTIC,				/* targets are 0 or 1; scores are log-odds */
	BOOST_SQUARED
} BoostLoss;

typedef struct BoostModel BoostModel;

/* Learns targets[i] of the rows rows[i]. */
extern BoostModel *boost_train(const BoostFeature *features, int nfeatures,
							   const int *rows, const double *targets, int nrows,
							   BoostLoss loss);

/* The score of a row. */
extern double boost_score(const BoostModel *model, const BoostFeature *features, int row);

/*
 * How often a score of a row with label 1 is above that of a row with label
 * 0, equal ones counted as half; NaN if one label does not occur.
 */
extern double boost_auc(const double *scores, const bool *labels, int count);

#endif							/* SYNTHIK_BOOST_H */
