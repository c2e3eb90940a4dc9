import dealport.kit.fields
import django.db.models.deletion
import django.utils.timezone
from decimal import Decimal
from django.db import migrations, models

# A NaN may be there from before: as a 0 it is a difference that the verification finds and a repair corrects.
TABLES = (
    "dashboard_metricdelta", "dashboard_storedailysales", "dashboard_storedailysalesbycountry",
    "dashboard_storedailysalesbyproduct", "dashboard_storemonthlysales", "dashboard_storemonthlysalesbyproduct",
)
ZERO = [f"UPDATE {table} SET sales = 0 WHERE sales = 'NaN'" for table in TABLES]


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_credit_index'),
        ('dashboard', '0005_snapshot_cache'),
    ]

    operations = [
        migrations.CreateModel(
            name='VerificationRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(help_text='When the first slice was compared.', null=True)),
                ('next_day', models.DateField()),
                ('wrong_buckets', models.PositiveIntegerField(default=0)),
                ('difference', dealport.kit.fields.SumField(default=Decimal('0.00'))),
                ('details', models.JSONField(blank=True, default=list)),
                ('not_before', models.DateTimeField(default=django.utils.timezone.now, help_text='Later than now after a failure.')),
                ('error', models.TextField(blank=True, help_text='Why the last slice could not be compared.')),
            ],
            options={
                'verbose_name': 'verification under way',
                'verbose_name_plural': 'verifications under way',
            },
        ),
        migrations.RunSQL(ZERO, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='metricdelta',
            constraint=models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_delta_is_a_number'),
        ),
        migrations.AddConstraint(
            model_name='storedailysales',
            constraint=models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_daily_is_a_number'),
        ),
        migrations.AddConstraint(
            model_name='storedailysalesbycountry',
            constraint=models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_daily_country_is_a_number'),
        ),
        migrations.AddConstraint(
            model_name='storedailysalesbyproduct',
            constraint=models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_daily_product_is_a_number'),
        ),
        migrations.AddConstraint(
            model_name='storemonthlysales',
            constraint=models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_monthly_is_a_number'),
        ),
        migrations.AddConstraint(
            model_name='storemonthlysalesbyproduct',
            constraint=models.CheckConstraint(condition=models.Q(('sales', models.Value('NaN')), _negated=True), name='dashboard_monthly_product_is_a_number'),
        ),
        migrations.AddField(
            model_name='verificationrun',
            name='store',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.store'),
        ),
    ]
